"""When the worker makes its rounds of the banks; the rounds open their own transactions."""

from escrow.banks import closing, rounds
from escrow.banks.access import BankRight
from kernel.house import Call
from kernel.jobs import Jobs

jobs = Jobs("banks")
MOST_MESSAGES = 200


@jobs.every(seconds=2, permission=BankRight.BANK_ROUND)
def poll(call: Call) -> None:
    """Ask every bank what it booked and how far its word is complete."""
    rounds.publish_key(call.house)
    for bank_id in rounds.bank_ids(call.house):
        rounds.poll_bank(call.house, bank_id)


@jobs.every(seconds=0.3, permission=BankRight.BANK_ROUND)
def read_inbox(call: Call) -> None:
    """Book what banks have sent, soon: whoever has paid looks at his page."""
    for step in (rounds.read_waiting, rounds.compare_one):
        for _ in range(MOST_MESSAGES):
            if not step(call.house):
                break


@jobs.every(seconds=1, permission=BankRight.BANK_ROUND)
def send_refunds(call: Call) -> None:
    """Send new orders and ask about those without an answer."""
    for refund_id in rounds.waiting_refunds(call.house):
        rounds.advance_refund(call.house, refund_id)


@jobs.every(seconds=1, permission=BankRight.BANK_ROUND)
def fill_pool(call: Call) -> None:
    """Open sub-accounts ahead of need, so that opening one says nothing of a claim."""
    for bank_id in rounds.bank_ids(call.house):
        rounds.fill_bank(call.house, bank_id)


@jobs.every(seconds=600, permission=BankRight.BANK_ROUND)
def close_overdue(call: Call) -> None:
    """Close what is empty and past its month of return."""
    for bank_id in rounds.bank_ids(call.house):
        closing.close_overdue(call.house, bank_id)

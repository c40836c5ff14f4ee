"""Money that nobody claimed goes back in its month."""

from escrow.deposits import actions, queries
from escrow.deposits.access import DepositRight
from escrow.refunds.rules import RefundReason
from kernel.house import Call
from kernel.jobs import Jobs

jobs = Jobs("deposits")


@jobs.every(seconds=60, permission=DepositRight.DEPOSIT_RETURN_UNCLAIMED)
def return_unclaimed(call: Call) -> None:
    """Release sub-accounts that no opened bid has named by their month of return."""
    today = call.now.astimezone(actions.SHANGHAI).date()
    for sub in queries.overdue(call.session, today):
        actions.release_locked(call.session, sub, reason=RefundReason.UNCLAIMED, now=call.now)

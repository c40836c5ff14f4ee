"""Closing sub-accounts at their banks, once nothing is left to keep them for.

The bank is asked between transactions. It closes only what is empty in its own book; asked again
after a crash it says the same.
"""

import logging
from uuid import UUID

from escrow.banks.gateway import BankUnreachableError, RefusedByBankError
from escrow.banks.reaching import reach
from escrow.bookings import queries as bookings
from escrow.bookings.rules import SubAccountState
from escrow.deposits import queries as deposits
from escrow.ledger.models import Bank
from kernel.clock import legal_now
from kernel.house import House
from kernel.pure.legal_days import SHANGHAI

LOG = logging.getLogger("sunbid.banks")


def close_overdue(house: House, bank_id: UUID) -> None:
    """Close what is empty and past its month of return at one bank, as far as the bank answers."""
    with house.database.reading() as session:
        today = legal_now(session).astimezone(SHANGHAI).date()
        gateway = reach(session, session.get_one(Bank, bank_id), house.keys)
        numbers = [sub.number for sub in deposits.closable(session, bank_id, today)]
    for number in numbers:
        try:
            gateway.close_sub_account(number)
        except BankUnreachableError:
            continue
        except RefusedByBankError:
            # Its book holds money that ours does not: reconciliation shows which.
            LOG.warning("a bank keeps an empty sub-account open")
            continue
        with house.database.writing() as session:
            sub = bookings.by_number(session, number, lock=True)
            assert sub is not None
            sub.state = SubAccountState.CLOSED

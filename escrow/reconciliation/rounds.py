"""The worker's edge: fetch the statements of days that are over, reconcile what is not settled.

The bank is asked between transactions, never inside one.
"""

import logging
from datetime import date
from typing import Final
from uuid import UUID

from escrow.banks import inbox
from escrow.banks.gateway import BankUnreachableError, Statement, UnreadableError
from escrow.banks.reaching import reach
from escrow.ledger.models import Bank
from escrow.reconciliation import actions, queries
from escrow.reconciliation.completeness import StatementState
from kernel.clock import legal_now
from kernel.house import House

LOG = logging.getLogger("sunbid.reconciliation")
MOST_DAYS: Final = 31


def fetch(house: House, bank_id: UUID) -> None:
    """Statements in the order of days, up to the first that is missing or not whole."""
    with house.database.reading() as session:
        bank = session.get_one(Bank, bank_id)
        gateway = reach(session, bank, house.keys)
        days = queries.wanted_days(session, bank_id, most=MOST_DAYS)
    for day in days:
        statement: Statement | None = None
        try:
            statement = gateway.get_statement(day)
        except BankUnreachableError:
            return
        except UnreadableError as error:
            LOG.warning("a statement was quarantined: %s", error)
            _keep(house, bank_id, day, error)
        else:
            if statement is None:
                return
        if _take_in(house, bank_id, day, statement) is not StatementState.WHOLE:
            return


def reconcile(house: House, bank_id: UUID) -> None:
    """Every unsettled day, each in its own transaction."""
    with house.database.reading() as session:
        days = queries.unsettled_days(session, bank_id)
    for day in days:
        with house.database.writing() as session:
            actions.reconcile_day(session, bank_id, day, now=legal_now(session))


def _take_in(house: House, bank_id: UUID, day: date, statement: Statement | None) -> StatementState:
    with house.database.writing() as session:
        bank = session.get_one(Bank, bank_id)
        return actions.take_in(session, bank, day, statement, now=legal_now(session))


def _keep(house: House, bank_id: UUID, day: date, error: UnreadableError) -> None:
    with house.database.writing() as session:
        bank, now = session.get_one(Bank, bank_id), legal_now(session)
        inbox.keep_unreadable(session, bank, error, about=day.isoformat(), now=now)

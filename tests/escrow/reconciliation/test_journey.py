"""With the bank as its own process: yesterday's statement comes, agrees, and the day closes."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.bookings.models import BankEntry
from escrow.deposits.queries import complete_until
from escrow.ledger.models import Bank
from escrow.reconciliation import queries, rounds
from escrow.reconciliation.closing import close_day
from escrow.reconciliation.completeness import SHANGHAI, StatementState
from escrow.reconciliation.models import StatementRow
from kernel.clock import legal_now, shift
from tests.escrow.conftest import PAYERS, Town
from tests.escrow.reconciliation.test_days import MAKER


def test_yesterday_closes(town: Town) -> None:
    today = town.now().astimezone(SHANGHAI).date()
    for one in PAYERS[:2]:
        town.bank.pay(one["account"], town.claim().number, 80_000_00)
    town.until(lambda session: len(session.scalars(select(BankEntry)).all()) == 2)
    over_midnight(town, today)
    with town.database.reading() as session:
        bank_id = session.scalars(select(Bank.id)).one()
    for fault in ("statement_unbalanced", "statement_line_missing"):
        town.bank.fault(fault)
        rounds.fetch(town.house, bank_id)
        assert state(town, today) is StatementState.QUARANTINED
    rounds.fetch(town.house, bank_id)
    assert state(town, today) is StatementState.WHOLE
    rounds.reconcile(town.house, bank_id)
    with town.database.writing() as session:
        assert queries.breaks_of(session, bank_id, today) == ()
        now = legal_now(session)
        seal = close_day(session, bank_id, today, keys=town.house.keys, by=MAKER, now=now)
        assert seal.number == 1
    town.bank.pay(PAYERS[2]["account"], town.claim().number, 80_000_00)
    town.until(lambda session: len(session.scalars(select(BankEntry)).all()) == 3)


def over_midnight(town: Town, today: date) -> None:
    """Both clocks go on by a day, and the bank's word reaches over the end of the first."""
    with town.database.writing() as session:
        shift(session, timedelta(days=1))

    def known_to_its_end(session: Session) -> bool:
        bank_id = session.scalars(select(Bank.id)).one()
        until = complete_until(session, bank_id)
        return until is not None and until.astimezone(SHANGHAI).date() > today

    town.until(known_to_its_end)


def state(town: Town, day: date) -> StatementState | None:
    with town.database.reading() as session:
        return session.scalar(select(StatementRow.state).where(StatementRow.day == day))

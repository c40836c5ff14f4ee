"""What people see of reconciliation: days by their state, breaks without amount or account.

Counts and sums would tell before a list is published how many have paid; they are not read here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry
from escrow.ledger.models import Bank
from escrow.reconciliation import queries
from escrow.reconciliation.completeness import StatementState
from escrow.reconciliation.models import DaySeal, ReconBreak, StatementLine, StatementRow

DAYS_SHOWN: Final = 14
BREAKS_SHOWN: Final = 200


class DayState(StrEnum):
    """How far a day is."""

    EXPECTED = "expected"
    QUARANTINED = "quarantined"
    BROKEN = "broken"
    AGREES = "agrees"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SeenDay:
    """A day of a bank; `seal` when it is closed, `next` when it is the one to be closed."""

    day: date
    state: DayState
    faults: tuple[str, ...]
    seal: DaySeal | None
    next: bool


@dataclass(frozen=True, slots=True)
class SeenBank:
    """A bank and its latest days, the newest first."""

    code: str
    name: str
    days: tuple[SeenDay, ...]


@dataclass(frozen=True, slots=True)
class SeenBreak:
    """A break and the bank's random reference by which both sides find it."""

    row: ReconBreak
    bank: str
    code: str
    reference: str


def banks(session: Session, *, today: date) -> tuple[SeenBank, ...]:
    """Every bank with its days before `today`, back to its enrolment."""
    return tuple(_bank(session, one, today) for one in bookings.banks(session))


def _bank(session: Session, bank: Bank, today: date) -> SeenBank:
    first = queries.begins(session, bank.id)
    following = queries.next_to_close(session, bank.id)
    if first is None or following is None:
        return SeenBank(bank.code, bank.name, ())
    count = min((today - first).days, max(DAYS_SHOWN, (today - following).days))
    days = (today - timedelta(days=n) for n in range(1, count + 1))
    return SeenBank(bank.code, bank.name, tuple(_day(session, bank, d, following) for d in days))


def _day(session: Session, bank: Bank, day: date, following: date) -> SeenDay:
    row = queries.statement(session, bank.id, day)
    seal = queries.seal_of(session, bank.id, day)
    faults = tuple(row.faults.split()) if row else ()
    return SeenDay(day, _state(session, row, seal), faults, seal, day == following)


def _state(session: Session, row: StatementRow | None, seal: DaySeal | None) -> DayState:
    if seal is not None:
        return DayState.CLOSED
    if row is None or (row.state is StatementState.WHOLE and row.reconciled_at is None):
        return DayState.EXPECTED
    if row.state is not StatementState.WHOLE:
        return DayState.QUARANTINED
    broken = any(
        one.state in queries.UNDECIDED for one in queries.breaks_of(session, row.bank_id, row.day)
    )
    return DayState.BROKEN if broken else DayState.AGREES


def breaks(session: Session, *, ended: bool) -> tuple[SeenBreak, ...]:
    """Breaks that wait for people, the oldest first; or those that have ended, the newest first."""
    newest = (ReconBreak.ended_at.desc(),) if ended else ()
    rows = session.execute(
        select(ReconBreak, Bank.name, Bank.code, StatementLine.bank_ref, BankEntry.bank_ref)
        .join(Bank, Bank.id == ReconBreak.bank_id)
        .outerjoin(StatementLine, StatementLine.id == ReconBreak.line_id)
        .outerjoin(BankEntry, BankEntry.id == ReconBreak.entry_id)
        .where(ReconBreak.state.in_(queries.UNDECIDED) != ended)
        .order_by(*newest, ReconBreak.day, ReconBreak.found_at, ReconBreak.id)
        .limit(BREAKS_SHOWN)
    )
    return tuple(
        SeenBreak(row, bank, code, line or entry or "") for row, bank, code, line, entry in rows
    )


def bank_id(session: Session, code: str) -> UUID | None:
    """The bank of that code."""
    found = bookings.bank_by_code(session, code)
    return found.id if found else None

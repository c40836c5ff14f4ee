"""A day of the bank's own book, told when it is over; and how banks tell it wrongly."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from escrow.banks.simulator.book import BookEntry, bank_now
from escrow.banks.simulator.teller import SHANGHAI
from escrow.banks.simulator.tills import Till


@dataclass(frozen=True, slots=True)
class Day:
    """What was booked on the master account on a day (Asia/Shanghai), between two balances."""

    day: date
    opening_fen: int
    closing_fen: int
    entries: tuple[BookEntry, ...]


def of(at: Till, day: date) -> Day | None:
    """The day as booked, None while it is not over."""
    begins = datetime.combine(day, time.min, SHANGHAI)
    ends = begins + timedelta(days=1)
    if bank_now(at.session) < ends:
        return None
    master = at.state.master_number
    entries = at.session.scalars(
        select(BookEntry)
        .where(
            BookEntry.account == master,
            BookEntry.booked_at >= begins,
            BookEntry.booked_at < ends,
        )
        .order_by(BookEntry.seq)
    )
    opening, closing = (_balance(at.session, master, before) for before in (begins, ends))
    return Day(day, opening, closing, tuple(entries))


def spoiled(at: Till, told: Day, sequence: int) -> tuple[Day, int]:
    """The day and its number with whatever fault is due."""
    if at.fault("statement_unbalanced") is not None:
        told = replace(told, closing_fen=told.closing_fen + 1)
    if at.fault("statement_line_missing") is not None:
        told = replace(told, entries=told.entries[:-1])
    if at.fault("statement_gap") is not None:
        sequence += 1
    return told, sequence


def _balance(session: Session, master: str, before: datetime) -> int:
    amount = case((BookEntry.sign == "CRDT", BookEntry.amount_fen), else_=-BookEntry.amount_fen)
    found = session.scalar(
        select(func.sum(amount)).where(BookEntry.account == master, BookEntry.booked_at < before)
    )
    return int(found or 0)

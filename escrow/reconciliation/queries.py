"""Reads for reconciliation: days, their two sides, what is broken, what the ledger holds."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from escrow.banks.models import BankKey
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import EntryKind, Sign
from escrow.deposits import queries as deposits
from escrow.ledger.models import JournalRow
from escrow.reconciliation.completeness import SHANGHAI, Previous, StatementState, first_open
from escrow.reconciliation.models import (
    BreakState,
    DaySeal,
    ReconBreak,
    ReconMatch,
    StatementLine,
    StatementRow,
)
from escrow.reconciliation.rules import BreakCode, Line

OUTGOING = (EntryKind.REVERSAL, EntryKind.REFUND_SETTLED, EntryKind.UNEXPLAINED_DEBIT)
UNDECIDED = (BreakState.OPEN, BreakState.PROPOSED)


def statement(session: Session, bank_id: UUID, day: date) -> StatementRow | None:
    """The statement of a day, whole or not."""
    return session.scalars(
        select(StatementRow).where(StatementRow.bank_id == bank_id, StatementRow.day == day)
    ).first()


def previous(session: Session, bank_id: UUID, day: date) -> Previous | None:
    """The day before, where its statement is whole."""
    row = statement(session, bank_id, day - timedelta(days=1))
    if row is None or row.closing_fen is None or row.state is not StatementState.WHOLE:
        return None
    return Previous(row.closing_fen, row.sequence)


def seal_of(session: Session, bank_id: UUID, day: date) -> DaySeal | None:
    """The seal of a closed day."""
    return session.scalars(
        select(DaySeal).where(DaySeal.bank_id == bank_id, DaySeal.day == day)
    ).first()


def last_seal(session: Session, bank_id: UUID) -> DaySeal | None:
    """The newest seal of a bank."""
    return session.scalars(
        select(DaySeal).where(DaySeal.bank_id == bank_id).order_by(DaySeal.number.desc()).limit(1)
    ).first()


def begins(session: Session, bank_id: UUID) -> date | None:
    """The day of the bank's enrolment: the first that is reconciled."""
    at = session.scalar(select(func.min(BankKey.valid_from)).where(BankKey.bank_id == bank_id))
    return at.astimezone(SHANGHAI).date() if at else None


def next_to_close(session: Session, bank_id: UUID) -> date | None:
    """The day that is to be closed next."""
    first, last = begins(session, bank_id), last_seal(session, bank_id)
    return None if first is None else first_open(first, last.day if last else None)


def wanted_days(session: Session, bank_id: UUID, *, most: int) -> tuple[date, ...]:
    """The first days over, known to us to their end, that lack a whole statement."""
    first, until = begins(session, bank_id), deposits.complete_until(session, bank_id)
    if first is None or until is None:
        return ()
    whole = session.scalar(
        select(func.max(StatementRow.day)).where(
            StatementRow.bank_id == bank_id, StatementRow.state == StatementState.WHOLE
        )
    )
    first = first_open(first, whole)
    over = (until.astimezone(SHANGHAI).date() - first).days
    return tuple(first + timedelta(days=n) for n in range(min(over, most)))


def unsettled_days(session: Session, bank_id: UUID) -> tuple[date, ...]:
    """Days with a whole statement that were never reconciled or have undecided breaks."""
    undecided = exists().where(
        ReconBreak.bank_id == StatementRow.bank_id,
        ReconBreak.day == StatementRow.day,
        ReconBreak.state.in_(UNDECIDED),
    )
    return tuple(
        session.scalars(
            select(StatementRow.day)
            .where(
                StatementRow.bank_id == bank_id,
                StatementRow.state == StatementState.WHOLE,
                or_(StatementRow.reconciled_at.is_(None), undecided),
            )
            .order_by(StatementRow.day)
        )
    )


def lines_of(session: Session, statement_id: UUID) -> list[Line]:
    """A statement's lines as rules see them."""
    rows = session.scalars(select(StatementLine).where(StatementLine.statement_id == statement_id))
    return [_line(row) for row in rows]


def lines_by_id(session: Session, ids: Iterable[UUID | None]) -> list[Line]:
    """Lines of statements by id."""
    rows = session.scalars(select(StatementLine).where(StatementLine.id.in_(tuple(ids))))
    return [_line(row) for row in rows]


def entries_by_id(session: Session, ids: Iterable[UUID | None]) -> list[Line]:
    """Entries by id."""
    found = session.execute(
        select(BankEntry, SubAccount.number)
        .outerjoin(SubAccount, SubAccount.id == BankEntry.sub_account_id)
        .where(BankEntry.id.in_(tuple(ids)))
    )
    return [_entry(entry, number) for entry, number in found]


def _line(row: StatementLine) -> Line:
    return Line(
        str(row.id),
        row.bank_ref,
        row.end_to_end,
        row.number,
        row.sign,
        row.amount_fen,
        row.booked_at.astimezone(SHANGHAI).date(),
    )


def _entry(entry: BankEntry, number: str | None) -> Line:
    return Line(
        str(entry.id),
        entry.bank_ref,
        entry.end_to_end,
        number,
        Sign.DEBIT if entry.kind in OUTGOING else Sign.CREDIT,
        entry.amount_fen,
        entry.booked_at.astimezone(SHANGHAI).date(),
    )


def bookings_for(session: Session, row: StatementRow) -> list[Line]:
    """Entries of the day and older ones no statement told of, unless matched elsewhere."""
    matched = exists().where(
        ReconMatch.entry_id == BankEntry.id, ReconMatch.line_id == StatementLine.id
    )
    differs = exists().where(
        ReconBreak.entry_id == BankEntry.id,
        ReconBreak.line_id.is_not(None),
        ReconBreak.state != BreakState.HEALED,
    )
    here = matched.where(StatementLine.statement_id == row.id)
    elsewhere = matched.where(StatementLine.statement_id != row.id)
    differs_here = differs.where(ReconBreak.day == row.day)
    differs_elsewhere = differs.where(ReconBreak.day != row.day)
    carried = exists().where(
        ReconBreak.entry_id == BankEntry.id,
        ReconBreak.line_id.is_(None),
        ReconBreak.day < row.day,
        ReconBreak.state != BreakState.HEALED,
    )
    found = session.execute(
        select(BankEntry, SubAccount.number)
        .join(JournalRow, JournalRow.id == BankEntry.journal_id)
        .outerjoin(SubAccount, SubAccount.id == BankEntry.sub_account_id)
        .where(
            BankEntry.bank_id == row.bank_id,
            or_(JournalRow.ledger_day == row.day, carried, here, differs_here),
            ~elsewhere,
            ~differs_elsewhere,
        )
    )
    return [_entry(entry, number) for entry, number in found]


def breaks_of(session: Session, bank_id: UUID, day: date) -> tuple[ReconBreak, ...]:
    """Every break of a day, also those that have ended."""
    return tuple(
        session.scalars(
            select(ReconBreak)
            .where(ReconBreak.bank_id == bank_id, ReconBreak.day == day)
            .order_by(ReconBreak.found_at, ReconBreak.id)
        )
    )


def missing_before(session: Session, bank_id: UUID, day: date) -> tuple[ReconBreak, ...]:
    """Entries of earlier days that no statement has told of."""
    return tuple(
        session.scalars(
            select(ReconBreak).where(
                ReconBreak.bank_id == bank_id,
                ReconBreak.day < day,
                ReconBreak.line_id.is_(None),
                ReconBreak.state != BreakState.HEALED,
            )
        )
    )


def undecided_until(session: Session, bank_id: UUID, day: date) -> int:
    """How many breaks up to a day wait for people."""
    return int(
        session.scalar(
            select(func.count(ReconBreak.id)).where(
                ReconBreak.bank_id == bank_id,
                ReconBreak.day <= day,
                ReconBreak.state.in_(UNDECIDED),
            )
        )
        or 0
    )


def identity(one: ReconBreak) -> tuple[BreakCode, UUID | None, UUID | None]:
    """What makes a break the same break when a day is reconciled again."""
    return one.code, one.line_id, one.entry_id


def journal_hashes(session: Session, bank_id: UUID, day: date) -> Iterable[tuple[str, bytes]]:
    """Keys and body hashes of a day's journals, by key."""
    rows = session.execute(
        select(JournalRow.key, JournalRow.body_hash)
        .where(JournalRow.bank_id == bank_id, JournalRow.ledger_day == day)
        .order_by(JournalRow.key)
    )
    return [(key, bytes(body)) for key, body in rows]

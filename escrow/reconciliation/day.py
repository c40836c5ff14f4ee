"""One day of one bank as people close it: what is done, what blocks it, the sheet of balances.

Sums and amounts are shown for days that may be shown (disclosure), a break's own amount also when
its sub-account is listed; the rest of the page is the same whoever has paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.disclosure import asking
from escrow.disclosure.queries import is_listed
from escrow.ledger.models import Bank
from escrow.reconciliation import closing, queries
from escrow.reconciliation.balances import Balances, balances
from escrow.reconciliation.completeness import StatementState
from escrow.reconciliation.models import (
    DaySeal,
    ReconBreak,
    ReconMatch,
    StatementLine,
    StatementRow,
)
from escrow.reconciliation.rules import BreakCode, Level, Line, reconcile
from kernel.pure.errors import Refused


class StepKind(StrEnum):
    """What has to be done before a day is closed, in order."""

    OVER = "over"
    WHOLE = "whole"
    MATCHED = "matched"
    BREAKS = "breaks"
    BALANCED = "balanced"
    BEFORE = "before"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """One of them: whether it is done, whether it is the one that everything waits for."""

    kind: StepKind
    is_done: bool
    is_next: bool


@dataclass(frozen=True, slots=True)
class ShownBreak:
    """A break with both sides' references; `amount_fen` is None while it may not be shown.

    `suggested` names bookings that a line without one may be (L4).
    """

    row: ReconBreak
    reference: str
    number: str | None
    amount_fen: int | None
    suggested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The page of a day; `sheet` and `levels` are None while its sums may not be shown."""

    bank: Bank
    day: date
    row: StatementRow | None
    seal: DaySeal | None
    steps: tuple[Step, ...]
    breaks: tuple[ShownBreak, ...]
    is_shown: bool
    balanced: bool
    sheet: Balances | None
    levels: Mapping[Level, int] | None
    day_before_open: date | None

    @property
    def is_closable(self) -> bool:
        """Whether only the closing itself is left."""
        return all(step.is_done for step in self.steps[:-1]) and self.seal is None


def day_of(session: Session, code: str, day: date, *, today: date) -> Day:
    """The page of a bank's day. Refuses ESC-1501: no such bank, or a day before its enrolment."""
    bank = bookings.bank_by_code(session, code)
    first = queries.begins(session, bank.id) if bank else None
    if bank is None or first is None or not first <= day <= today:
        raise Refused("ESC-1501")
    row = queries.statement(session, bank.id, day)
    whole = row is not None and row.state is StatementState.WHOLE
    seal = queries.seal_of(session, bank.id, day)
    standing = closing.standing(session, bank.id, day)
    shown = asking.horizon(session).shows(day)
    sheet = balances(session, row) if row is not None and whole else None
    done = {
        StepKind.OVER: day < today,
        StepKind.WHOLE: whole,
        StepKind.MATCHED: standing.reconciled,
        StepKind.BREAKS: standing.reconciled and not standing.open_breaks,
        StepKind.BALANCED: sheet is not None and not sheet.residual_fen,
        StepKind.BEFORE: standing.day_before_open is None,
        StepKind.CLOSED: seal is not None,
    }
    waits = next((kind for kind in StepKind if not done[kind]), None)
    return Day(
        bank=bank,
        day=day,
        row=row,
        seal=seal,
        steps=tuple(Step(kind, done[kind], kind is waits) for kind in StepKind),
        breaks=_breaks(session, bank.id, day, shown=shown),
        is_shown=shown,
        balanced=done[StepKind.BALANCED],
        sheet=sheet if shown else None,
        levels=_levels(session, row) if row is not None and shown else None,
        day_before_open=standing.day_before_open,
    )


def _levels(session: Session, row: StatementRow) -> dict[Level, int]:
    """How many lines were matched by which key."""
    rows = session.execute(
        select(ReconMatch.level, func.count())
        .join(StatementLine, StatementLine.id == ReconMatch.line_id)
        .where(StatementLine.statement_id == row.id)
        .group_by(ReconMatch.level)
    )
    found = {level: int(count) for level, count in rows}
    return {level: found.get(level, 0) for level in Level}


def _breaks(session: Session, bank_id: UUID, day: date, *, shown: bool) -> tuple[ShownBreak, ...]:
    rows = session.execute(
        select(ReconBreak, StatementLine, BankEntry, SubAccount.number)
        .outerjoin(StatementLine, StatementLine.id == ReconBreak.line_id)
        .outerjoin(BankEntry, BankEntry.id == ReconBreak.entry_id)
        .outerjoin(SubAccount, SubAccount.id == BankEntry.sub_account_id)
        .where(ReconBreak.bank_id == bank_id, ReconBreak.day == day)
        .order_by(ReconBreak.found_at, ReconBreak.id)
    ).all()
    near = _suggested(session, [one for one, *_ in rows])
    return tuple(
        _shown(session, one, line, entry, number, near, shown=shown)
        for one, line, entry, number in rows
    )


def _shown(
    session: Session,
    one: ReconBreak,
    line: StatementLine | None,
    entry: BankEntry | None,
    number: str | None,
    near: Mapping[UUID | None, tuple[str, ...]],
    *,
    shown: bool,
) -> ShownBreak:
    """Its side's own words; a break concerns a line, an entry or both."""
    told = number or (line.number if line else None)
    sub = bookings.by_number(session, told) if told else None
    may = shown or is_listed(session, sub.id if sub else None)
    side = line or entry
    assert side is not None
    return ShownBreak(
        row=one,
        reference=side.bank_ref,
        number=told if may else None,
        amount_fen=side.amount_fen if may else None,
        suggested=near.get(one.line_id, ()) if may else (),
    )


def _suggested(
    session: Session, broken: Sequence[ReconBreak]
) -> dict[UUID | None, tuple[str, ...]]:
    """L4 for lines without a booking: the bookings without a line that lie near them."""
    open_ones = [one for one in broken if one.state in queries.UNDECIDED]
    lines = [one.line_id for one in open_ones if one.code is BreakCode.NOT_BOOKED]
    entries = [one.entry_id for one in open_ones if one.code is BreakCode.NOT_ON_STATEMENT]
    if not lines or not entries:
        return {}
    told = queries.lines_by_id(session, lines)
    booked = queries.entries_by_id(session, entries)
    # Without their keys, which no longer say anything: both sides were left over by them.
    nameless = [Line(o.id, None, None, None, o.sign, o.amount_fen, o.day) for o in booked]
    unkeyed = [Line(o.id, None, None, None, o.sign, o.amount_fen, o.day) for o in told]
    names = {one.id: one.bank_ref or "" for one in booked}
    return {
        UUID(one.line.id): tuple(names[near.id] for near in one.bookings)
        for one in reconcile(unkeyed, nameless).suggestions
    }

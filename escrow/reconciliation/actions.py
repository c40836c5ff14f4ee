"""Taking a bank's statement in, reconciling its day, explaining breaks by two people."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from escrow.banks.gateway import Statement
from escrow.bookings import queries as bookings
from escrow.bookings.seals import seal
from escrow.ledger.models import Bank
from escrow.reconciliation import queries
from escrow.reconciliation.completeness import Fault, StatementState, faults
from escrow.reconciliation.models import (
    BreakState,
    ReconBreak,
    ReconMatch,
    StatementLine,
    StatementRow,
)
from escrow.reconciliation.rules import BreakCode, Outcome, reconcile
from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure.errors import Refused


def take_in(
    session: Session, bank: Bank, day: date, statement: Statement | None, *, now: datetime
) -> StatementState:
    """Keep the statement of a day; None for one that could not be read. A whole one stays.

    Refuses ESC-2104 while there is no key to seal it to.
    """
    session.refresh(bank, with_for_update={"key_share": True})
    row = queries.statement(session, bank.id, day)
    if row is not None and row.state is StatementState.WHOLE:
        return row.state
    wrong: tuple[Fault, ...] = (Fault.UNREADABLE,)
    if statement is not None:
        wrong = faults(statement, previous=queries.previous(session, bank.id, day))
    sealed = _sealed(session, bank, statement) if statement is not None else None
    if row is None:
        row = StatementRow(id=new_id(), bank_id=bank.id, day=day)
        session.add(row)
    row.state = StatementState.QUARANTINED if wrong else StatementState.WHOLE
    row.faults = " ".join(wrong)
    row.fetched_at = now
    row.sealed = sealed
    if statement is not None:
        row.sequence = statement.sequence
        row.opening_fen, row.closing_fen = statement.opening_fen, statement.closing_fen
    session.flush()
    if statement is not None and not wrong:
        _keep_lines(session, row, statement)
    return row.state


def reconcile_day(session: Session, bank_id: UUID, day: date, *, now: datetime) -> bool:
    """Match a day's whole statement with what we booked; again and again as both fill up.

    False when there is no whole statement or the day is closed.
    """
    session.get_one(Bank, bank_id, with_for_update={"key_share": True})
    row = queries.statement(session, bank_id, day)
    if row is None or row.state is not StatementState.WHOLE:
        return False
    if queries.seal_of(session, bank_id, day) is not None:
        return False
    found = reconcile(queries.lines_of(session, row.id), queries.bookings_for(session, row))
    _store_matches(session, row, found)
    _store_breaks(session, row, found, now)
    row.reconciled_at = now
    session.flush()
    return True


def claim(session: Session, break_id: UUID, *, by: Account) -> ReconBreak:
    """Somebody takes a break upon himself. Refuses ESC-1501, ESC-1506."""
    one = _undecided(session, break_id)
    one.owner, one.owner_name = by.person_id, by.person_name
    session.flush()
    return one


def explain(
    session: Session, break_id: UUID, *, words: str, by: Account, now: datetime
) -> ReconBreak:
    """The maker, its owner from now on, says what the break is. Refuses ESC-1501, 1506, 1507."""
    one = _undecided(session, break_id)
    if not words.strip():
        raise Refused("ESC-1507")
    one.state, one.words = BreakState.PROPOSED, words.strip()
    one.maker, one.maker_name = by.person_id, by.person_name
    one.owner, one.owner_name = by.person_id, by.person_name
    session.flush()
    return one


def agree(
    session: Session, break_id: UUID, *, words: str, by: Account, now: datetime
) -> ReconBreak:
    """The checker agrees to exactly the words he was shown. Refuses ESC-1501, ESC-1506, ESC-1508.

    Whoever explained a break cannot agree to it.
    """
    one = _undecided(session, break_id)
    if one.state is not BreakState.PROPOSED or one.words != words.strip():
        raise Refused("ESC-1506")
    if one.maker == by.person_id:
        raise Refused("ESC-1508")
    one.state, one.ended_at = BreakState.RESOLVED, now
    one.checker, one.checker_name = by.person_id, by.person_name
    session.flush()
    return one


def _undecided(session: Session, break_id: UUID) -> ReconBreak:
    one = session.get(ReconBreak, break_id, with_for_update=True, populate_existing=True)
    if one is None:
        raise Refused("ESC-1501")
    if one.state not in queries.UNDECIDED:
        raise Refused("ESC-1506")
    return one


def _sealed(session: Session, bank: Bank, statement: Statement) -> bytes:
    key = bookings.newest_sealing_key(session)
    if key is None:
        raise Refused("ESC-2104")
    place = f"sunbid escrow statement {bank.code} {statement.day}".encode()
    return seal(key.public_key, statement.raw, info=place)


def _keep_lines(session: Session, row: StatementRow, statement: Statement) -> None:
    lines: list[Mapping[str, Any]] = [
        {
            "id": new_id(),
            "statement_id": row.id,
            "position": position,
            "bank_ref": one.bank_ref,
            "sign": one.sign,
            "amount_fen": one.amount_fen,
            "number": one.number,
            "end_to_end": one.end_to_end,
            "booked_at": one.booked_at,
        }
        for position, one in enumerate(statement.entries, start=1)
    ]
    if lines:
        session.execute(insert(StatementLine), lines)


def _store_matches(session: Session, row: StatementRow, found: Outcome) -> None:
    own_lines = select(StatementLine.id).where(StatementLine.statement_id == row.id)
    session.execute(delete(ReconMatch).where(ReconMatch.line_id.in_(own_lines)))
    rows = [
        {"line_id": UUID(m.line.id), "entry_id": UUID(m.booking.id), "level": m.level}
        for m in found.matches
    ]
    if rows:
        session.execute(insert(ReconMatch), rows)


def _store_breaks(session: Session, row: StatementRow, found: Outcome, now: datetime) -> None:
    """New ones are opened; what no longer holds has healed; what people decided stays decided.

    An entry that an earlier day missed and this day tells of heals there.
    """
    known = {queries.identity(one): one for one in queries.breaks_of(session, row.bank_id, row.day)}
    carried = {one.entry_id: one for one in queries.missing_before(session, row.bank_id, row.day)}
    fresh = set[tuple[BreakCode, UUID | None, UUID | None]]()
    told = {UUID(match.booking.id) for match in found.matches}
    for one in found.breaks:
        line = UUID(one.line.id) if one.line else None
        entry = UUID(one.booking.id) if one.booking else None
        if line is None and entry in carried:
            continue
        if entry is not None and line is not None:
            told.add(entry)
        fresh.add((one.code, line, entry))
    for name in fresh - known.keys():
        code, line, entry = name
        session.add(
            ReconBreak(
                bank_id=row.bank_id,
                day=row.day,
                code=code,
                line_id=line,
                entry_id=entry,
                state=BreakState.OPEN,
                found_at=now,
            )
        )
    for identity, before in known.items():
        _follow(before, holds=identity in fresh, now=now)
    for entry, before in carried.items():
        _follow(before, holds=entry not in told, now=now)
    session.flush()


def _follow(one: ReconBreak, *, holds: bool, now: datetime) -> None:
    if not holds and one.state is not BreakState.HEALED:
        one.state, one.ended_at = BreakState.HEALED, now
    elif holds and one.state is BreakState.HEALED:
        one.state, one.ended_at = BreakState.OPEN, None

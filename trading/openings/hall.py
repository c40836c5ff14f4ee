"""One opening under its row's lock: load the snapshot, give it a command, write down the facts.

Every fact is one numbered event, written in the same transaction as the row it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import live, log
from kernel.jobs import schedule
from kernel.pure.errors import Refused
from trading.openings import draws, effects, outage, seating, stream
from trading.openings.causes import CAUSES
from trading.openings.commands import Command, Tick
from trading.openings.models import OpeningRow, ReleaseRow, SeatRow
from trading.openings.record_models import ObjectionRow
from trading.openings.rules import decide
from trading.openings.states import (
    BEFORE_LIST,
    FINISHED,
    Bid,
    Fact,
    Facts,
    Kind,
    Minutes,
    Objection,
    Opening,
    Party,
    Stage,
    evolve,
)
from trading.tenders import queries as tenders
from trading.tenders.rules import LotSnapshot

Extras = Mapping[Kind, Mapping[str, Any]]


@dataclass(slots=True)
class Hall:
    """The opening of one lot, held by the caller's transaction."""

    session: Session
    lot: LotSnapshot
    row: OpeningRow
    opening: Opening
    now: datetime
    seats: seating.Seats

    def seat_of(self, pseudonym: str) -> SeatRow:
        """The seat of a pseudonym. Raises Refused OPN-1301: not on the list, or none yet."""
        seat = self.seats.of(pseudonym)
        if seat is None:
            raise Refused("OPN-1301")
        return seat


def enter(session: Session, lot_id: UUID, now: datetime) -> Hall:
    """Lock and load the opening. Raises Refused OPN-1004 when none was prepared."""
    return _loaded(session, lot_id, now, lock=True)


def look(session: Session, lot_id: UUID, now: datetime) -> Hall:
    """The same without the lock: to look, not to act. Raises Refused OPN-1004."""
    return _loaded(session, lot_id, now, lock=False)


def _loaded(session: Session, lot_id: UUID, now: datetime, *, lock: bool) -> Hall:
    wanted = select(OpeningRow).where(OpeningRow.lot_id == lot_id)
    row = session.scalars(
        (wanted.with_for_update() if lock else wanted).execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise Refused("OPN-1004")
    lot, opening = tenders.lot_snapshot(session, lot_id), snapshot(session, row)
    hall = Hall(session, lot, row, opening, now, seating.Seats(session, lot_id))
    hall.opening = draws.loaded(hall.opening, hall)
    return hall


def reload_seats(hall: Hall) -> None:
    """Read the seats anew, after the list's rows were added."""
    hall.seats = seating.Seats(hall.session, hall.row.lot_id)


def snapshot(session: Session, row: OpeningRow) -> Opening:
    """The row and what hangs on it as the value that the rules judge."""
    given = session.execute(
        select(ReleaseRow.trustee, ReleaseRow.release).where(ReleaseRow.lot_id == row.lot_id)
    ).all()
    return Opening(
        stage=row.stage,
        until=row.until,
        deadline=row.deadline,
        floor=row.floor,
        remaining_floor=row.remaining_floor,
        threshold=row.threshold,
        minutes=Minutes(
            sign_in=row.sign_in_minutes,
            decryption=row.decryption_minutes,
            confirmation=row.confirmation_minutes,
        ),
        live=row.live,
        close=row.close_state,
        first=frozenset(trustee for trustee, release in given if release == 1),
        second=frozenset(trustee for trustee, release in given if release == 2),
        bids=seating.bids(session, row.lot_id),
        windows=row.windows,
        unsealed=row.unsealed,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        pause_reason=row.pause_reason,
        resumes_at=row.resumes_at,
        sitting=row.sitting,
        objections=_objections(session, row),
    )


def _objections(session: Session, row: OpeningRow) -> tuple[Objection, ...]:
    if row.stage in BEFORE_LIST:
        return ()
    rows = session.scalars(
        select(ObjectionRow).where(ObjectionRow.lot_id == row.lot_id).order_by(ObjectionRow.no)
    )
    return tuple(Objection(each.no, each.seat, each.reply is not None) for each in rows)


def give(hall: Hall, command: Command, extras: Extras | None = None) -> Facts:
    """Settle what the clock has brought about, then decide the command and write its facts."""
    if gone := outage.found(hall.session, hall.opening, hall.lot.rule_set, hall.now):
        write(hall, decide(hall.opening, Tick(Party.SYSTEM), gone.since))
        write(hall, decide(hall.opening, gone.order, hall.now))
    if not isinstance(command, Tick):
        write(hall, decide(hall.opening, Tick(Party.SYSTEM), hall.now))
    facts = decide(hall.opening, command, hall.now)
    write(hall, facts, extras)
    return facts


def write(hall: Hall, facts: Facts, extras: Extras | None = None) -> None:
    """Each fact in turn: snapshot, rows, consequences, numbered event; then wake-ups."""
    for fact in facts:
        before = hall.opening.bids
        hall.opening = evolve(hall.opening, (fact,))
        more = effects.apply(hall, fact)
        _project(hall, before)
        told = dict(extras or {})
        told[fact.kind] = {**told.get(fact.kind, {}), **more}
        say(hall, fact, told)
    if facts:
        _wake(hall)


def say(hall: Hall, fact: Fact, extras: Extras | None = None) -> int:
    """Append one fact to the public stream; returns its number."""
    book = stream.Book(
        opening=hall.opening,
        trustees={
            seat.index: stream.Seat(seat.index, seat.role.value, seat.name)
            for seat in hall.lot.trustees
        },
        rows=stream.Rows(hall.seats, public_row),
        offers=stream.Rows(hall.seats, lambda seat: seat.offer or {}),
        extras=extras or {},
        ceiling_fen=hall.lot.ceiling_fen,
    )
    if fact.kind is Kind.STAGE_CHANGED:
        log.append(
            hall.session,
            "opening_stage",
            {"lot": str(hall.lot.id), "stage": fact["stage"].value, "at": hall.now.isoformat()},
        )
    return live.append(hall.session, hall.row.live_id, fact.kind.value, stream.payload(fact, book))


def public_row(seat: SeatRow) -> dict[str, Any]:
    """One row of the published list."""
    return {
        "seat": seat.seat,
        "organisation": seat.organisation,
        "credit_code": seat.credit_code,
        "pseudonym": seat.pseudonym,
        "commitment": seat.commitment.hex(),
        "deposit": seat.deposit,
        "attended": seat.attended,
        "state": seat.state.value,
        "code": seat.code,
        "word": stream.CAUSE_WORDS[seat.cause] if seat.cause else None,
    }


def _project(hall: Hall, before: tuple[Bid, ...]) -> None:
    o, row = hall.opening, hall.row
    row.stage, row.until, row.live = o.stage, o.until, o.live
    row.windows, row.unsealed, row.close_state = o.windows, o.unsealed, o.close
    row.paused_at, row.paused_by = o.paused_at, o.paused_by
    row.pause_reason, row.resumes_at, row.sitting = o.pause_reason, o.resumes_at, o.sitting
    # Only those that the fact has changed: each of 500 facts would write all 500.
    known = set(map(id, before))
    for bid in o.bids:
        if id(bid) in known:
            continue
        seat = hall.seats[bid.seat]
        seat.state, seat.cause, seat.read, seat.answer = bid.state, bid.cause, bid.read, bid.answer
        seat.code = CAUSES[bid.cause].code if bid.cause else None
    hall.session.flush()


def _wake(hall: Hall) -> None:
    """Ask for the clock's next look; whoever comes late finds the same facts."""
    until = hall.opening.until
    if until is None or hall.opening.paused_at is not None:
        return
    if hall.opening.stage in FINISHED | {Stage.SIGN_IN}:
        return
    schedule(
        hall.session,
        kind="opening.tick",
        key=f"{hall.row.lot_id}:{hall.opening.stage.value}:{until.isoformat()}",
        due_at=until,
        payload={"lot_id": str(hall.row.lot_id)},
    )

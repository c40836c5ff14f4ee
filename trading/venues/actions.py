"""Lending opening rooms: each act under the lock of the room it wants, so that one comes first.

Every act is kept as a step with its reason; the database refuses two loans at once besides.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel import outbox
from kernel.calendar import published_holidays
from kernel.ids import new_id
from kernel.permissions import Account, Actor, System
from kernel.pure.errors import Refused
from trading.tenders import queries as tenders
from trading.tenders import rule_book
from trading.tenders.actions import PLATFORM, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import ENDED
from trading.venues import queries, rules
from trading.venues.events import RoomStep
from trading.venues.models import OpeningRoom, RoomBooking, RoomBookingLot, RoomBookingStep
from trading.venues.rules import Booking, Command, SessionKind, Slot
from trading.venues.terms import kind_of, terms

FOLLOW = System("venues.follow")
MOVED = "投标截止随公告变更"


def add_room(
    session: Session,
    *,
    centre_id: UUID,
    name: str,
    place: str,
    capacity: int,
    equipment: tuple[str, ...],
    now: datetime,
) -> UUID:
    """Register a room. Refuses VEN-1201 without name or seats, VEN-1202 for a name in use."""
    if not name.strip() or capacity < 1:
        raise Refused("VEN-1201")
    known = {room.name for room in queries.rooms(session, centre_id, retired=True)}
    if name.strip() in known:
        raise Refused("VEN-1202", name=name.strip())
    row = OpeningRoom(
        id=new_id(),
        centre_id=centre_id,
        name=name.strip(),
        place=place.strip(),
        capacity=capacity,
        equipment=list(equipment),
        created_at=now,
        retired_at=None,
    )
    session.add(row)
    session.flush()
    return row.id


def retire_room(session: Session, room_id: UUID, *, centre_id: UUID, now: datetime) -> None:
    """Take a room out of service. Refuses VEN-1001, VEN-1203 while a session to come holds it."""
    queries.room_row(session, room_id, centre_id)
    room = _locked(session, room_id)
    if queries.held_in(session, [room_id], now, now + timedelta(days=3650)):
        raise Refused("VEN-1203", name=room.name)
    room.retired_at = now
    session.flush()


def ask(
    session: Session,
    lot_id: UUID,
    room_id: UUID,
    length: timedelta,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> UUID:
    """Ask for a room at the lot's deadline, for all lots opened with it.

    Raises:
        Refused: TEN-1001, TEN-1004; VEN-1001 no such room; VEN-1003 the deadline is over; VEN-1106
            the lot holds a room already; VEN-11xx as the rules refuse.
    """
    lot = _own(session, lot_id, actor)
    if lot.deadline <= now or lot.stage in ENDED:
        raise Refused("VEN-1003")
    room = queries.room_row(session, room_id, lot.centre_id)
    _locked(session, room_id)
    if queries.of_lot(session, lot_id) is not None:
        raise Refused("VEN-1106")
    shared = _shared(session, lot)
    if shared is not None:
        _hold(session, shared, [lot_id])
        return shared
    slot = rules.slot_for(room_id, lot.deadline, length, terms())
    kind = kind_for(lot)
    command = rules.Ask(new_id(), slot, kind, reason or lot.emergency_reason or "")
    booking = _decided(session, slot, command)
    _insert(session, room, booking, actor=actor, now=now)
    _hold(session, booking.id, [each.id for each in queries.together(session, lot)])
    return booking.id


def close_room(
    session: Session,
    room_id: UUID,
    starts: datetime,
    ends: datetime,
    *,
    actor: Account,
    reason: str,
    now: datetime,
) -> UUID:
    """The centre keeps a room for itself: upkeep, another event. Refuses VEN-1001, VEN-11xx."""
    room = queries.room_row(session, room_id, actor.organisation_id)
    _locked(session, room_id)
    slot = Slot(room_id, starts, ends)
    command = rules.Ask(new_id(), slot, SessionKind.CLOSURE, reason, by_centre=True)
    booking = _decided(session, slot, command)
    _insert(session, room, booking, actor=actor, now=now)
    return booking.id


def judge(
    session: Session,
    booking_id: UUID,
    *,
    approved: bool,
    reason: str,
    actor: Account,
    now: datetime,
) -> None:
    """Approve or refuse a Saturday or emergency session. Refuses VEN-1002, 1103, 1105."""
    row = queries.booking_row(session, booking_id, actor.organisation_id)
    _locked(session, row.room_id)
    session.refresh(row)
    booking = rules.decide(
        [queries.value_of(row)], rules.Judge(booking_id, approved, reason), terms()
    )
    act = "approved" if approved else "refused"
    _write(session, row, booking, act, actor=actor, reason=reason, now=now)


def move_room(
    session: Session,
    booking_id: UUID,
    room_id: UUID,
    *,
    actor: Account,
    reason: str,
    now: datetime,
) -> None:
    """The centre puts a session into another room. Refuses VEN-1001, VEN-1002, VEN-11xx."""
    row = queries.booking_row(session, booking_id, actor.organisation_id)
    if not reason.strip():
        raise Refused("VEN-1103")
    wanted = rules.Move(row.id, Slot(room_id, row.starts_at, row.ends_at), row.kind, by_centre=True)
    _to_room(session, row, wanted, actor=actor, reason=reason, now=now)


def change(
    session: Session,
    lot_id: UUID,
    room_id: UUID,
    length: timedelta,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """The agency takes another room, or keeps it for another length of time.

    Raises Refused TEN-1001, TEN-1004, VEN-1001, VEN-1104 no room is held, VEN-11xx.
    """
    lot = _own(session, lot_id, actor)
    held = queries.of_lot(session, lot_id)
    if held is None:
        raise Refused("VEN-1104")
    row = queries.booking_row(session, held.id, lot.centre_id)
    slot = rules.slot_for(room_id, lot.deadline, length, terms())
    _to_room(session, row, rules.Move(row.id, slot, kind_for(lot)), actor=actor, now=now)


def cancel(session: Session, lot_id: UUID, *, actor: Actor, reason: str, now: datetime) -> None:
    """The agency gives the room back, for all its lots. Refuses as `change`, VEN-1103."""
    lot = _own(session, lot_id, actor)
    held = queries.of_lot(session, lot_id)
    if held is None:
        raise Refused("VEN-1104")
    row = queries.booking_row(session, held.id, lot.centre_id)
    _give_back(session, row, actor=actor, reason=reason, now=now)


def withdraw(
    session: Session, booking_id: UUID, *, actor: Account, reason: str, now: datetime
) -> None:
    """The centre takes a room back, or ends its own closure. Refuses VEN-1002, 1103, 1104."""
    row = queries.booking_row(session, booking_id, actor.organisation_id)
    _give_back(session, row, actor=actor, reason=reason, now=now)


def follow_deadline(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """A notice named another deadline: the room goes with it, or is asked for anew."""
    lot = tenders.lot_row(session, lot_id)
    held = queries.of_lot(session, lot_id)
    if held is None or held.fits(lot.deadline):
        return
    row = session.get_one(RoomBooking, held.id)
    _locked(session, row.room_id)
    session.refresh(row)
    if not queries.value_of(row).holds:
        return
    stays = any(held.fits(tenders.deadline_of(session, each)) for each in held.lots)
    shared = _shared(session, lot)
    slot = rules.slot_for(row.room_id, lot.deadline, row.ends_at - row.starts_at, terms())
    if shared is not None:
        _leave(session, row, lot_id, last=not stays and held.lots == (lot_id,), now=now)
        _hold(session, shared, [lot_id])
    elif stays:
        _leave(session, row, lot_id, last=False, now=now)
        if not rules.in_the_way(_others(session, slot), slot):
            room = session.get_one(OpeningRoom, row.room_id)
            booking = _decided(session, slot, rules.Ask(new_id(), slot, kind_for(lot), MOVED))
            _insert(session, room, booking, actor=FOLLOW, now=now)
            _hold(session, booking.id, [lot_id])
    else:
        booking = _decided(session, slot, rules.Follow(row.id, slot, kind_for(lot)), row)
        act = "moved" if booking.holds else "displaced"
        _write(session, row, booking, act, actor=FOLLOW, reason=MOVED, now=now)


def _leave(session: Session, row: RoomBooking, lot_id: UUID, *, last: bool, now: datetime) -> None:
    if last:
        _give_back(session, row, actor=FOLLOW, reason=MOVED, now=now)
    else:
        _let_go(session, row.id, [lot_id])


def release_ended(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """A lot that ended needs no room; the last one of a session gives it back."""
    held = queries.of_lot(session, lot_id)
    if held is None:
        return
    row = session.get_one(RoomBooking, held.id)
    if held.lots == (lot_id,):
        if row.starts_at > now:
            _give_back(session, row, actor=FOLLOW, reason="标段已终止", now=now)
        return
    _let_go(session, row.id, [lot_id])


def _own(session: Session, lot_id: UUID, actor: Actor) -> Lot:
    lot = tenders.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id})
    return lot


def kind_for(lot: Lot) -> SessionKind:
    """What the lot's opening is to the centre."""
    return kind_of(lot.deadline, rule_book.rule_set(lot.rule_set), published_holidays())


def _locked(session: Session, room_id: UUID) -> OpeningRoom:
    """The room's row is the lock of all its loans."""
    return session.scalars(
        select(OpeningRoom).where(OpeningRoom.id == room_id).with_for_update()
    ).one()


def _others(session: Session, slot: Slot) -> list[Booking]:
    return queries.held_in(session, [slot.room], slot.starts, slot.ends)


def _decided(
    session: Session, slot: Slot, command: Command, row: RoomBooking | None = None
) -> Booking:
    own = [queries.value_of(row)] if row else []
    others = [each for each in _others(session, slot) if not row or each.id != row.id]
    return rules.decide([*own, *others], command, terms())


def _shared(session: Session, lot: Lot) -> UUID | None:
    """The room that a lot opened with this one holds."""
    beside = [each.id for each in queries.together(session, lot) if each.id != lot.id]
    views = queries.of_lots(session, beside).values()
    return next((view.id for view in views if view.fits(lot.deadline)), None)


def _to_room(
    session: Session,
    row: RoomBooking,
    wanted: rules.Move,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    room = queries.room_row(session, wanted.slot.room, row.centre_id)
    # In one order, so that two moves across each other do not wait for ever.
    for each in sorted({row.room_id, room.id}):
        _locked(session, each)
    session.refresh(row)
    booking = _decided(session, wanted.slot, wanted, row)
    row.room_number = room.number
    _write(session, row, booking, "moved", actor=actor, reason=reason, now=now)


def _give_back(
    session: Session, row: RoomBooking, *, actor: Actor, reason: str, now: datetime
) -> None:
    _locked(session, row.room_id)
    session.refresh(row)
    booking = rules.decide([queries.value_of(row)], rules.Cancel(row.id, reason), terms())
    _write(session, row, booking, "cancelled", actor=actor, reason=reason, now=now)


def _insert(
    session: Session, room: OpeningRoom, booking: Booking, *, actor: Actor, now: datetime
) -> None:
    row = RoomBooking(
        id=booking.id,
        centre_id=room.centre_id,
        room_id=room.id,
        room_number=room.number,
        starts_at=booking.slot.starts,
        ends_at=booking.slot.ends,
        kind=booking.kind,
        state=booking.state,
        reason=booking.reason,
        asked_by=actor.organisation_id if isinstance(actor, Account) else None,
        asked_by_name=_name(actor),
        asked_at=now,
    )
    session.add(row)
    session.flush()
    _step(session, row, "asked", actor=actor, reason=booking.reason, now=now)


def _write(
    session: Session,
    row: RoomBooking,
    booking: Booking,
    act: str,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    row.room_id, row.kind, row.state = booking.slot.room, booking.kind, booking.state
    row.starts_at, row.ends_at = booking.slot.starts, booking.slot.ends
    session.flush()
    _step(session, row, act, actor=actor, reason=reason, now=now)
    if not booking.holds:
        _let_go(session, row.id, None)


def _step(
    session: Session, row: RoomBooking, act: str, *, actor: Actor, reason: str, now: datetime
) -> None:
    step = RoomBookingStep(
        booking_id=row.id,
        act=act,
        state=row.state,
        by=_name(actor),
        reason=reason.strip(),
        room_id=row.room_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        at=now,
    )
    session.add(step)
    session.flush()
    outbox.record(session, RoomStep(new_id(), row.id, step.number, act, now))


def _hold(session: Session, booking_id: UUID, lot_ids: list[UUID]) -> None:
    taken = queries.of_lots(session, lot_ids)
    for lot_id in lot_ids:
        if lot_id not in taken:
            session.merge(RoomBookingLot(booking_id=booking_id, lot_id=lot_id, held=True))
    session.flush()


def _let_go(session: Session, booking_id: UUID, lot_ids: list[UUID] | None) -> None:
    which = RoomBookingLot.booking_id == booking_id
    if lot_ids is not None:
        which = which & RoomBookingLot.lot_id.in_(lot_ids)
    session.execute(update(RoomBookingLot).where(which).values(held=False))


def _name(actor: Actor) -> str:
    return actor.organisation_name if isinstance(actor, Account) else PLATFORM

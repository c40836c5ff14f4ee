"""Reads of rooms and loans: of a lot, of a week, of what waits for the centre."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.pure.errors import Refused
from trading.tenders.models import Lot
from trading.tenders.rules import ENDED
from trading.venues.models import OpeningRoom, RoomBooking, RoomBookingLot, RoomBookingStep
from trading.venues.rules import HOLDING, Booking, BookingState, SessionKind, Slot


@dataclass(frozen=True, slots=True)
class BookingView:
    """A loan as pages show it; nothing in it tells of bidders."""

    id: UUID
    centre_id: UUID
    room_id: UUID
    room: str
    place: str
    starts_at: datetime
    ends_at: datetime
    kind: SessionKind
    state: BookingState
    reason: str
    asked_by: str
    asked_at: datetime
    lots: tuple[UUID, ...]

    def fits(self, deadline: datetime) -> bool:
        """Whether the room is held when the opening begins."""
        return self.starts_at <= deadline < self.ends_at


def rooms(session: Session, centre_id: UUID, *, retired: bool = False) -> Sequence[OpeningRoom]:
    """A centre's rooms, in the order they were registered."""
    wanted = select(OpeningRoom).where(OpeningRoom.centre_id == centre_id)
    if not retired:
        wanted = wanted.where(OpeningRoom.retired_at.is_(None))
    return session.scalars(wanted.order_by(OpeningRoom.number)).all()


def room_row(session: Session, room_id: UUID, centre_id: UUID) -> OpeningRoom:
    """A room of this centre. Raises Refused VEN-1001."""
    row = session.get(OpeningRoom, room_id)
    if row is None or row.centre_id != centre_id or row.retired_at is not None:
        raise Refused("VEN-1001")
    return row


def booking_row(session: Session, booking_id: UUID, centre_id: UUID) -> RoomBooking:
    """A loan of this centre's rooms. Raises Refused VEN-1002."""
    row = session.get(RoomBooking, booking_id)
    if row is None or row.centre_id != centre_id:
        raise Refused("VEN-1002")
    return row


def held_in(
    session: Session, room_ids: Iterable[UUID], start: datetime, end: datetime
) -> list[Booking]:
    """Loans that hold one of the rooms at some time in [start, end)."""
    rows = session.scalars(
        select(RoomBooking).where(
            RoomBooking.room_id.in_(tuple(room_ids)),
            RoomBooking.state.in_(HOLDING),
            RoomBooking.starts_at < end,
            RoomBooking.ends_at > start,
        )
    )
    return [value_of(row) for row in rows]


def value_of(row: RoomBooking) -> Booking:
    """A row as the rules see it."""
    slot = Slot(row.room_id, row.starts_at, row.ends_at)
    return Booking(row.id, slot, row.kind, row.state, row.reason)


def of_lot(session: Session, lot_id: UUID) -> BookingView | None:
    """The room held for a lot's opening, if any."""
    return of_lots(session, [lot_id]).get(lot_id)


def of_lots(session: Session, lot_ids: Iterable[UUID]) -> Mapping[UUID, BookingView]:
    """The rooms held for some lots, by lot."""
    wanted = tuple(lot_ids)
    ids = session.scalars(
        select(RoomBookingLot.booking_id).where(
            RoomBookingLot.lot_id.in_(wanted), RoomBookingLot.held
        )
    ).all()
    views = _views(session, select(RoomBooking).where(RoomBooking.id.in_(ids)))
    return {lot: view for view in views for lot in view.lots if lot in wanted}


def confirmed(session: Session, lot_ids: Iterable[UUID]) -> Mapping[UUID, BookingView]:
    """What the public may know: rooms that are certain, and nothing of what is only asked for."""
    found = of_lots(session, lot_ids)
    return {lot: view for lot, view in found.items() if view.state is BookingState.CONFIRMED}


def last_of_lot(session: Session, lot_id: UUID) -> BookingView | None:
    """The newest loan for a lot, also one that was refused, given back or displaced."""
    newest = (
        select(RoomBooking)
        .join(RoomBookingLot, RoomBookingLot.booking_id == RoomBooking.id)
        .where(RoomBookingLot.lot_id == lot_id)
        .order_by(RoomBookingLot.held.desc(), RoomBooking.asked_at.desc())
        .limit(1)
    )
    return next(iter(_views(session, newest, held=False)), None)


def between(session: Session, centre_id: UUID, start: datetime, end: datetime) -> list[BookingView]:
    """A centre's loans that hold a room at some time in [start, end), by time."""
    return _views(
        session,
        select(RoomBooking)
        .where(
            RoomBooking.centre_id == centre_id,
            RoomBooking.state.in_(HOLDING),
            RoomBooking.starts_at < end,
            RoomBooking.ends_at > start,
        )
        .order_by(RoomBooking.starts_at, RoomBooking.room_number),
    )


def waiting(session: Session, centre_id: UUID) -> list[BookingView]:
    """Requests that the centre's staff have not judged, the nearest first."""
    return _views(
        session,
        select(RoomBooking)
        .where(RoomBooking.centre_id == centre_id, RoomBooking.state == BookingState.REQUESTED)
        .order_by(RoomBooking.starts_at),
    )


def steps(session: Session, booking_id: UUID) -> Sequence[RoomBookingStep]:
    """Every step of a loan, oldest first."""
    return session.scalars(
        select(RoomBookingStep)
        .where(RoomBookingStep.booking_id == booking_id)
        .order_by(RoomBookingStep.number)
    ).all()


def together(session: Session, lot: Lot) -> Sequence[Lot]:
    """Lots of the same project due at the same moment: they are opened in one session."""
    return session.scalars(
        select(Lot)
        .where(
            Lot.project_id == lot.project_id,
            Lot.deadline == lot.deadline,
            Lot.stage.not_in(ENDED),
        )
        .order_by(Lot.ordinal)
    ).all()


def _views(
    session: Session, wanted: Select[RoomBooking], *, held: bool = True
) -> list[BookingView]:
    rows = session.scalars(wanted).all()
    names = {
        room.id: room
        for room in session.scalars(
            select(OpeningRoom).where(OpeningRoom.id.in_({row.room_id for row in rows}))
        )
    }
    of = select(RoomBookingLot.booking_id, RoomBookingLot.lot_id).where(
        RoomBookingLot.booking_id.in_([row.id for row in rows])
    )
    pairs = session.execute(of.where(RoomBookingLot.held) if held else of).all()
    return [
        BookingView(
            id=row.id,
            centre_id=row.centre_id,
            room_id=row.room_id,
            room=names[row.room_id].name,
            place=names[row.room_id].place,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            kind=row.kind,
            state=row.state,
            reason=row.reason,
            asked_by=row.asked_by_name,
            asked_at=row.asked_at,
            lots=tuple(lot for booking, lot in pairs if booking == row.id),
        )
        for row in rows
    ]


def lots_of(session: Session, booking_id: UUID) -> tuple[UUID, ...]:
    """The lots of a loan, also of one that no longer holds its room."""
    return tuple(
        session.scalars(
            select(RoomBookingLot.lot_id)
            .where(RoomBookingLot.booking_id == booking_id)
            .order_by(RoomBookingLot.held.desc(), RoomBookingLot.lot_id)
        )
    )


def room_name(session: Session, room_id: UUID) -> str:
    """What a room is called."""
    return session.get_one(OpeningRoom, room_id).name

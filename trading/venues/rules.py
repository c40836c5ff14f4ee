"""An opening room is lent to one session at a time: asking, approving, moving, giving back. Pure.

公共资源交易中心服务日历: working days; Saturdays in season and emergencies by approval.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kernel.pure.errors import Refused


class SessionKind(StrEnum):
    """What a room is held for; a closure is the centre's own."""

    ORDINARY = "ordinary"
    SATURDAY = "saturday"
    EMERGENCY = "emergency"
    CLOSURE = "closure"


class BookingState(StrEnum):
    """Asked for, confirmed, refused, given back, or pushed out by a deadline that moved."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    DISPLACED = "displaced"


HOLDING = frozenset({BookingState.REQUESTED, BookingState.CONFIRMED})
APPROVED_FIRST = frozenset({SessionKind.SATURDAY, SessionKind.EMERGENCY})


@dataclass(frozen=True, slots=True)
class Terms:
    """The centre's numbers: grid, time before the deadline, lengths to choose from."""

    step: timedelta
    before: timedelta
    lengths: tuple[timedelta, ...]
    usual: timedelta
    longest: timedelta
    nearest: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A room from one moment to another, the end not included."""

    room: UUID
    starts: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.starts

    def meets(self, other: "Slot") -> bool:
        """Whether both want the same room at the same time."""
        return self.room == other.room and self.starts < other.ends and other.starts < self.ends

    def covers(self, moment: datetime) -> bool:
        """Whether the room is held at that moment."""
        return self.starts <= moment < self.ends


@dataclass(frozen=True, slots=True)
class Booking:
    """One loan of a room."""

    id: UUID
    slot: Slot
    kind: SessionKind
    state: BookingState
    reason: str = ""

    @property
    def holds(self) -> bool:
        return self.state in HOLDING


@dataclass(frozen=True, slots=True)
class Ask:
    """A session wants a room; by the centre itself nothing is left to approve."""

    id: UUID
    slot: Slot
    kind: SessionKind
    reason: str = ""
    by_centre: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """The centre's staff approve or refuse a request, with reason."""

    id: UUID
    approved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """The same session in another room or at another time."""

    id: UUID
    slot: Slot
    kind: SessionKind
    by_centre: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """The deadline moved by a notice: the room goes with it where it is free."""

    id: UUID
    slot: Slot
    kind: SessionKind


@dataclass(frozen=True, slots=True)
class Cancel:
    """The room is given back."""

    id: UUID
    reason: str


Command = Ask | Judge | Move | Follow | Cancel


def decide(held: Sequence[Booking], command: Command, terms: Terms) -> Booking:
    """The booking after the command, given all bookings that may stand in its way.

    Raises:
        Refused: VEN-1101 the room is taken; VEN-1102 off the grid or too long; VEN-1103 a reason
            is missing; VEN-1104 the booking no longer holds a room; VEN-1105 nothing to approve.
    """
    match command:
        case Ask():
            return _ask(held, command, terms)
        case Judge():
            booking = _found(held, command.id)
            if booking.state is not BookingState.REQUESTED:
                raise Refused("VEN-1105")
            _reasoned(command.reason)
            state = BookingState.CONFIRMED if command.approved else BookingState.REFUSED
            return replace(booking, state=state)
        case Move():
            booking = _found(held, command.id)
            check_slot(command.slot, terms)
            check_free(held, command.slot, but=booking.id)
            kind = booking.kind if booking.kind is SessionKind.CLOSURE else command.kind
            state = _state(kind, approved=command.by_centre or _stays(booking, kind))
            return replace(booking, slot=command.slot, kind=kind, state=state)
        case Follow():
            booking = _found(held, command.id)
            if in_the_way(held, command.slot, but=booking.id):
                return replace(booking, state=BookingState.DISPLACED)
            state = _state(command.kind, approved=_stays(booking, command.kind))
            return replace(booking, slot=command.slot, kind=command.kind, state=state)
        case Cancel():
            booking = _found(held, command.id)
            _reasoned(command.reason)
            return replace(booking, state=BookingState.CANCELLED)


def _ask(held: Sequence[Booking], command: Ask, terms: Terms) -> Booking:
    check_slot(command.slot, terms)
    if command.kind in APPROVED_FIRST or command.kind is SessionKind.CLOSURE:
        _reasoned(command.reason)
    check_free(held, command.slot)
    state = _state(command.kind, approved=command.by_centre)
    return Booking(command.id, command.slot, command.kind, state, command.reason.strip())


def _state(kind: SessionKind, *, approved: bool) -> BookingState:
    asks = kind in APPROVED_FIRST and not approved
    return BookingState.REQUESTED if asks else BookingState.CONFIRMED


def _stays(booking: Booking, kind: SessionKind) -> bool:
    """An approval goes on for the same kind of day; another kind is asked for anew."""
    return booking.state is BookingState.CONFIRMED and booking.kind is kind


def _found(held: Sequence[Booking], booking_id: UUID) -> Booking:
    for booking in held:
        if booking.id == booking_id and booking.holds:
            return booking
    raise Refused("VEN-1104")


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise Refused("VEN-1103")


def check_slot(slot: Slot, terms: Terms) -> None:
    """Whole steps, at least one and not too many. Refuses VEN-1102."""
    step = int(terms.step.total_seconds())
    even = all(int(at.timestamp()) % step == 0 and not at.microsecond for at in _ends(slot))
    if not even or not terms.step <= slot.length <= terms.longest:
        minutes = int(terms.step.total_seconds() // 60)
        raise Refused("VEN-1102", step=minutes, hours=int(terms.longest.total_seconds() // 3600))


def _ends(slot: Slot) -> tuple[datetime, datetime]:
    return slot.starts, slot.ends


def check_free(held: Iterable[Booking], slot: Slot, *, but: UUID | None = None) -> None:
    """Refuses VEN-1101 where another session holds the room."""
    if in_the_way(held, slot, but=but):
        raise Refused("VEN-1101")


def in_the_way(
    held: Iterable[Booking], slot: Slot, *, but: UUID | None = None
) -> tuple[Booking, ...]:
    """Who holds the room at that time."""
    return tuple(b for b in held if b.holds and b.id != but and b.slot.meets(slot))


def slot_for(room: UUID, deadline: datetime, length: timedelta, terms: Terms) -> Slot:
    """The loan that an opening at `deadline` needs: some time before it, on the grid."""
    step = int(terms.step.total_seconds())
    at = int((deadline - terms.before).timestamp())
    starts = datetime.fromtimestamp(at - at % step, deadline.tzinfo)
    ends = starts + length
    return Slot(room, starts, ends)


def nearest(
    held: Sequence[Booking],
    wanted: Slot,
    rooms: Sequence[UUID],
    terms: Terms,
    *,
    day: tuple[datetime, datetime],
    but: UUID | None = None,
) -> tuple[Slot, ...]:
    """Free loans of the same length: first other rooms at that time, then the nearest times.

    `day` bounds the times: when the centre opens and closes that day.
    """
    found: list[Slot] = []
    for slot in _candidates(wanted, rooms, terms, day):
        if len(found) == terms.nearest:
            break
        if not in_the_way(held, slot, but=but):
            found.append(slot)
    return tuple(found)


def _candidates(
    wanted: Slot, rooms: Sequence[UUID], terms: Terms, day: tuple[datetime, datetime]
) -> Iterator[Slot]:
    others = [room for room in rooms if room != wanted.room]
    for room in others:
        yield replace(wanted, room=room)
    first, last = day
    steps = max(1, int((last - first) / terms.step))
    for away in range(1, steps + 1):
        for by in (terms.step * away, -terms.step * away):
            starts, ends = wanted.starts + by, wanted.ends + by
            if first <= starts and ends <= last:
                for room in (wanted.room, *others):
                    yield Slot(room, starts, ends)

"""A week of rooms as a drawing: a band for each day, a line for each room, half-hours across."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kernel.calendar import published_holidays
from kernel.format import local
from kernel.i18n import say
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from trading.tenders.legal_calendar import serves
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_NOTICE
from trading.venues import queries
from trading.venues.models import OpeningRoom
from trading.venues.queries import BookingView
from trading.venues.rules import BookingState, SessionKind
from trading.venues.terms import terms

DAY = timedelta(days=1)
FIRST_HOUR, LAST_HOUR = 8, 18


@dataclass(frozen=True, slots=True)
class Cell:
    """Some columns of a room's line: free, or one loan with its words."""

    span: int
    booking: BookingView | None
    title: str
    href: str
    hour: bool
    """A free column that begins an hour, for the drawing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One room on one day."""

    room: OpeningRoom
    cells: tuple[Cell, ...]
    bookings: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """One day: whether the centre serves then, and each room's line."""

    at: datetime
    is_today: bool
    serves: bool
    is_known: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """The whole drawing; `hours` head the columns, `per_hour` columns each."""

    bands: tuple[Band, ...]
    hours: tuple[int, ...]
    per_hour: int
    total: int


def draw(session: Session, centre_id: UUID, start: datetime, now: datetime, who: Account) -> Week:
    """The week from `start` (a Monday's midnight); weekends only where something happens."""
    rooms = queries.rooms(session, centre_id)
    held = queries.between(session, centre_id, start, start + 7 * DAY)
    lots = _lots(session, [lot for each in held for lot in each.lots])
    first, last = _hours(held)
    bands = []
    for step in range(7):
        day = start + DAY * step
        of_day = [each for each in held if each.starts_at < day + DAY and each.ends_at > day]
        known, open_ = _serves(day)
        if not open_ and not of_day:
            continue
        lines = tuple(
            _line(room, [e for e in of_day if e.room_id == room.id], day, (first, last), lots, who)
            for room in rooms
        )
        today = local(now).date() == local(day).date()
        bands.append(Band(day, today, open_, known, lines))
    per_hour = int(timedelta(hours=1) / terms().step)
    return Week(tuple(bands), tuple(range(first, last)), per_hour, len(held))


def monday(now: datetime) -> datetime:
    """The midnight that begins the week of `now`."""
    today = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - DAY * today.weekday()


def _serves(day: datetime) -> tuple[bool, bool]:
    """Whether the year is published, and whether the centre opens bids that day."""
    try:
        return True, serves(local(day).date(), published_holidays())
    except Refused:
        return False, local(day).weekday() < 5


def _hours(held: Sequence[BookingView]) -> tuple[int, int]:
    first, last = FIRST_HOUR, LAST_HOUR
    for each in held:
        starts, ends = local(each.starts_at), local(each.ends_at)
        if starts.date() != ends.date():
            return 0, 24
        first = min(first, starts.hour)
        last = max(last, ends.hour + (ends.minute > 0))
    return first, last


def _line(
    room: OpeningRoom,
    held: Sequence[BookingView],
    day: datetime,
    hours: tuple[int, int],
    lots: Mapping[UUID, Lot],
    who: Account,
) -> Line:
    step = terms().step
    begins, ends = day + timedelta(hours=hours[0]), day + timedelta(hours=hours[1])
    cells: list[Cell] = []
    at = begins
    for each in held:
        starts, until = max(each.starts_at, begins), min(each.ends_at, ends)
        cells += _free(at, starts, begins)
        cells.append(
            Cell(max(1, round((until - starts) / step)), each, *_words(each, lots, who), hour=False)
        )
        at = until
    cells += _free(at, ends, begins)
    return Line(room, tuple(cells), tuple(cell for cell in cells if cell.booking))


def _free(at: datetime, until: datetime, begins: datetime) -> list[Cell]:
    step, hour = terms().step, timedelta(hours=1)
    count = max(0, int((until - at) / step))
    return [
        Cell(1, None, "", "", hour=((at + step * n) - begins) % hour == timedelta(0))
        for n in range(count)
    ]


def _words(each: BookingView, lots: Mapping[UUID, Lot], who: Account) -> tuple[str, str]:
    """What a reader may know of a loan: a draft is nobody else's business."""
    if each.kind is SessionKind.CLOSURE:
        return (each.reason if who.role is Role.CENTRE else say("不开放")), ""
    shown = [lots[lot] for lot in each.lots if lot in lots and _may_see(lots[lot], who)]
    if not shown:
        return say("已预订"), ""
    name = shown[0].name
    more = len(each.lots) - 1
    title = say("%(name)s 等 %(n)s 个标段", name=name, n=more + 1) if more else name
    public = shown[0].stage not in BEFORE_NOTICE and shown[0].notice_version > 0
    return title, f"/lots/{shown[0].id}" if public else ""


def _may_see(lot: Lot, who: Account) -> bool:
    public = lot.stage not in BEFORE_NOTICE and lot.notice_version > 0
    own = who.organisation_id in {lot.project.agency_id, lot.project.tenderee_id, lot.centre_id}
    return public or own


def _lots(session: Session, lot_ids: Sequence[UUID]) -> dict[UUID, Lot]:
    rows = session.scalars(
        select(Lot).options(joinedload(Lot.project)).where(Lot.id.in_(set(lot_ids)))
    )
    return {row.id: row for row in rows}


def lots_of(session: Session, views: Sequence[BookingView]) -> dict[UUID, Lot]:
    """The lots of some loans, by id."""
    return _lots(session, [lot for each in views for lot in each.lots])


def kind_word(kind: SessionKind) -> str:
    """A kind of session in one word."""
    return {
        SessionKind.ORDINARY: say("工作日"),
        SessionKind.SATURDAY: say("周六专场"),
        SessionKind.EMERGENCY: say("应急专场"),
        SessionKind.CLOSURE: say("停用"),
    }[kind]


def state_chip(state: BookingState) -> tuple[str, str]:
    """State and word of a loan's chip."""
    return {
        BookingState.REQUESTED: ("need", say("待中心批准")),
        BookingState.CONFIRMED: ("done", say("已确认")),
        BookingState.REFUSED: ("refused", say("未批准")),
        BookingState.CANCELLED: ("neutral", say("已取消")),
        BookingState.DISPLACED: ("refused", say("须另订")),
    }[state]

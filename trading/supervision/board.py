"""The board of the day as tiles: openings and evaluations, alarms first, never a bidder or a name.

招标投标法 7: supervision reads everything; orders are given in the sessions, not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation.public import STAGES, RoomSummary, SiteSeats, rooms_on
from kernel.i18n import say
from trading.media import queries as pictures
from trading.openings import absence
from trading.openings import queries as openings
from trading.openings.models import OpeningRow
from trading.openings.queries import OpeningView
from trading.openings.states import FINISHED, ORDER
from trading.portal.running import opening_word
from trading.supervision import queries
from trading.tenders import life
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_DEADLINE
from trading.venues import queries as venues

GRACE = timedelta(minutes=1)
"""How long the worker may take to see that a window is over."""


class Kind(StrEnum):
    """What goes on in a tile."""

    OPENING = "opening"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something to look at now."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One session. `until` counts down, `since` counts up; `ticks` are done, progress or next."""

    kind: Kind
    lot: Lot
    href: str
    chip: life.Chip
    ticks: tuple[str, ...]
    until: datetime | None
    since: datetime | None
    is_sealed: bool
    is_over: bool
    paused: str | None
    seats: int
    checked_in: int
    sites: tuple[SiteSeats, ...]
    alarms: tuple[Alarm, ...]
    live_id: UUID | None
    room: str = ""
    """Where it is held, once that is certain."""
    picture: UUID | None = None
    """The sitting whose host shows a picture now."""


def tiles(
    session: Session, *, start: datetime, end: datetime, now: datetime, centre_id: UUID | None
) -> list[Tile]:
    """Every session open at some time in [start, end): alarms, then running, waiting, over.

    `centre_id` keeps a trading centre to its own lots.
    """
    lots = queries.lots_of_day(session, start, end, centre_id=centre_id)
    held = venues.confirmed(session, [lot.id for lot in lots])
    shown = pictures.shown_of(session, [lot.id for lot in lots])
    found = [
        replace(
            _opening(session, lot, now),
            room=held[lot.id].room if lot.id in held else "",
            picture=shown.get(lot.id),
        )
        for lot in lots
    ]
    rooms = rooms_on(session, start, end)
    of_room = queries.lots_by_id(session, [r.lot_ref for r in rooms], centre_id=centre_id)
    found += [_room(room, of_room[room.lot_ref]) for room in rooms if room.lot_ref in of_room]
    return sorted(found, key=_rank)


def _rank(tile: Tile) -> tuple[bool, bool, bool]:
    return (not tile.alarms, tile.is_over, tile.is_sealed)


def _opening(session: Session, lot: Lot, now: datetime) -> Tile:
    view = openings.opening_of(session, lot.id)
    stage = life.shown_stage(lot, now)
    is_sealed = stage in BEFORE_DEADLINE
    is_over = view is not None and view.stage in FINISHED
    running = view is not None and not is_over and not is_sealed
    until = lot.deadline if is_sealed else view.until if running and view else None
    return Tile(
        kind=Kind.OPENING,
        lot=lot,
        href=f"/lots/{lot.id}/hall",
        chip=_opening_chip(lot, view, now, running=running),
        ticks=_ticks(tuple(s.value for s in ORDER), view.stage.value if view else None),
        until=until if until and until > now else None,
        since=None,
        is_sealed=is_sealed,
        is_over=is_over,
        paused=say("开标暂停") if view and view.paused_at else None,
        seats=0,
        checked_in=0,
        sites=(),
        alarms=(*_opening_alarms(lot, view, now, is_over=is_over), *_host_alarms(session, lot)),
        live_id=view.live_id if view else None,
    )


def _opening_chip(lot: Lot, view: OpeningView | None, now: datetime, *, running: bool) -> life.Chip:
    if view is None or not running:
        return life.chip(lot, now)
    if view.paused_at is not None:
        return life.Chip("neutral", opening_word(view.stage.value), "pause")
    return life.Chip("progress", opening_word(view.stage.value), "run")


def _opening_alarms(
    lot: Lot, view: OpeningView | None, now: datetime, *, is_over: bool
) -> Iterable[Alarm]:
    """A pause, and whatever should have moved by the clock and has not."""
    if is_over or lot.held_from is not None:
        return
    if view is not None and view.undecided:
        yield Alarm(lot.deadline, say("截止未获及时见证，等候监督部门决定"))
    if view is not None and view.paused_at is not None:
        yield Alarm(view.paused_at, say("开标暂停，尚未恢复"))
    elif view is not None and view.until is not None and view.until + GRACE < now:
        yield Alarm(view.until, say("本阶段时限已过，没有推进"))
    elif lot.stage in BEFORE_DEADLINE and lot.deadline + GRACE < now:
        yield Alarm(lot.deadline, say("投标截止已过，还没有锁定"))


def _host_alarms(session: Session, lot: Lot) -> Iterable[Alarm]:
    row = session.get(OpeningRow, lot.id)
    if row is not None and (gone := absence.host_gone(session, row, lot.rule_set)):
        yield Alarm(gone.since, say("主持人不在开标大厅，等候返回或由副主持人接手"))


def _room(room: RoomSummary, lot: Lot) -> Tile:
    is_over = room.finished_at is not None
    failed = is_over and room.stage not in STAGES
    if failed:
        chip = life.Chip("refused", room.word, "x-c")
    elif is_over:
        chip = life.Chip("done", room.word, "check-c")
    elif room.paused:
        chip = life.Chip("neutral", room.word, "pause")
    else:
        chip = life.Chip("progress", room.word, "run")
    return Tile(
        kind=Kind.EVALUATION,
        lot=lot,
        href=f"/evaluations/{room.room_id}",
        chip=chip,
        ticks=_ticks(STAGES, room.stage),
        until=None,
        since=None if is_over else room.since,
        is_sealed=False,
        is_over=is_over,
        paused=(room.paused_reason or say("评标暂停")) if room.paused else None,
        seats=room.seats,
        checked_in=room.checked_in,
        sites=room.sites,
        alarms=() if is_over else tuple(Alarm(a.at, a.text) for a in room.alarms),
        live_id=room.live_id,
    )


def _ticks(order: tuple[str, ...], at: str | None) -> tuple[str, ...]:
    if at is None:
        return ("next",) * len(order)
    if at not in order:
        return ()  # it left the line; the chip says how
    here = order.index(at)
    if here == len(order) - 1:
        return ("done",) * len(order)
    return ("done",) * here + ("progress",) + ("next",) * (len(order) - here - 1)

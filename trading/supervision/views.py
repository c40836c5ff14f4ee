"""The board of the day: openings and evaluations as tiles, read only, no count before a list."""

from typing import Any
from uuid import UUID

from flask import request

from kernel import pages
from kernel.house import Call
from kernel.permissions import Account, Role
from kernel.web import Feature
from trading.portal import queries as portal
from trading.portal.queries import DAY, Window
from trading.portal.watchers import watching
from trading.sittings import queries as sittings
from trading.supervision import queries
from trading.supervision.access import SupervisionRight
from trading.supervision.board import Kind, Tile, tiles
from trading.supervision.detail import detail

feature = Feature("supervision", __name__)
SPOKEN = 10
SHOWN = ("opening", "evaluation", "alarm")
SCREENFUL = 6


@feature.get("/supervision", permission=SupervisionRight.BOARD)
def board(call: Call) -> str:
    """Today's sessions, those with an alarm first; one of them in full beside the wall.

    `open` names that lot; what was said last and what opens in a week stand below.
    """
    start, end = portal.window(Window.TODAY, call.now)
    centre = _centre(call)
    found = tiles(call.session, start=start, end=end, now=call.now, centre_id=centre)
    streams = {tile.live_id: tile for tile in found if tile.live_id is not None}
    show = request.args.get("show", "")
    opened = _opened(found)
    coming = portal.openings_on(call.session, end, end + 7 * DAY)
    return pages.render(
        "supervision/board.html",
        tiles=[tile for tile in found if _shown(tile, show)],
        counts=_counts(found),
        detail=detail(call, opened) if opened else None,
        show=show if show in SHOWN else "",
        spoken=[
            {"event": event, "tile": streams[event.session_id]}
            for event in queries.spoken(call.session, list(streams), most=SPOKEN)
        ],
        streams=_streams(call, found, opened),
        watchers=watching(call.session, call.house.witnesses),
        coming=[lot for lot in coming if centre is None or lot.centre_id == centre],
    )


@feature.get("/supervision/screen", permission=SupervisionRight.BOARD)
def screen(call: Call) -> str:
    """大屏: the same tiles for a wall of 16:9, six at a time, read at ten metres."""
    start, end = portal.window(Window.TODAY, call.now)
    found = tiles(call.session, start=start, end=end, now=call.now, centre_id=_centre(call))
    live = [tile for tile in found if not tile.is_over]
    return pages.render(
        "supervision/screen.html",
        mode="wall",
        groups=[live[at : at + SCREENFUL] for at in range(0, len(live), SCREENFUL)],
        counts=_counts(found),
        streams=_streams(call, live, None),
    )


def _opened(found: list[Tile]) -> Tile | None:
    """The opening asked for, if it is one of today's that this reader sees."""
    asked = request.args.get("open", "")
    return next(
        (each for each in found if each.kind is Kind.OPENING and str(each.lot.id) == asked), None
    )


def _streams(call: Call, found: list[Tile], opened: Tile | None) -> dict[str, int]:
    """The streams whose growth changes the page, and how far each has come."""
    ids: list[UUID] = [each.live_id for each in found if each.live_id and not each.is_over]
    if opened is not None and opened.live_id is not None:
        ids.append(sittings.of_lot(call.session, opened.lot.id).live_id)
    return queries.last_numbers(call.session, ids)


def _centre(call: Call) -> Any:
    """A centre sees its own lots; the supervisor all."""
    actor = call.actor
    is_centre = isinstance(actor, Account) and actor.role is Role.CENTRE
    return actor.organisation_id if is_centre and isinstance(actor, Account) else None


def _shown(tile: Tile, show: str) -> bool:
    if show == "alarm":
        return bool(tile.alarms)
    return show not in SHOWN or tile.kind.value == show


def _counts(found: list[Tile]) -> dict[str, int]:
    live = [tile for tile in found if not tile.is_over]
    return {
        "all": len(live),
        "opening": sum(tile.kind is Kind.OPENING for tile in live),
        "evaluation": sum(tile.kind is Kind.EVALUATION for tile in live),
        "alarm": sum(bool(tile.alarms) for tile in live),
    }

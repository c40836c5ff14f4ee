"""The board of the day: openings and evaluations as tiles, read only, no count before a list."""

from typing import Any

from flask import request

from kernel import pages
from kernel.house import Call
from kernel.permissions import Account, Role
from kernel.web import Feature
from trading.portal import queries as portal
from trading.portal.queries import DAY, Window
from trading.portal.watchers import watching
from trading.supervision import queries
from trading.supervision.access import SupervisionRight
from trading.supervision.board import Kind, Tile, tiles

feature = Feature("supervision", __name__)
SPOKEN = 10
SHOWN = ("opening", "evaluation", "alarm")


@feature.get("/supervision", permission=SupervisionRight.BOARD)
def board(call: Call) -> str:
    """Today's sessions, those with an alarm first; what was said last; what opens in a week."""
    start, end = portal.window(Window.TODAY, call.now)
    centre = _centre(call)
    found = tiles(call.session, start=start, end=end, now=call.now, centre_id=centre)
    streams = {tile.live_id: tile for tile in found if tile.live_id is not None}
    show = request.args.get("show", "")
    coming = portal.openings_on(call.session, end, end + 7 * DAY)
    return pages.render(
        "supervision/board.html",
        tiles=[tile for tile in found if _shown(tile, show)],
        counts=_counts(found),
        show=show if show in SHOWN else "",
        spoken=[
            {"event": event, "tile": streams[event.session_id]}
            for event in queries.spoken(call.session, list(streams), most=SPOKEN)
        ],
        streams=queries.last_numbers(
            call.session, [live_id for live_id, tile in streams.items() if not tile.is_over]
        ),
        watchers=watching(call.session, call.house.witnesses),
        coming=[lot for lot in coming if centre is None or lot.centre_id == centre],
    )


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

"""The board of the day: every opening as a tile, read only. Nothing tells a count before a list."""

from typing import Any

from kernel import pages
from kernel.house import Call
from kernel.web import Feature
from trading.openings import queries as openings
from trading.portal import queries
from trading.portal.queries import DAY, Window
from trading.portal.running import opening_word
from trading.supervision.access import SupervisionRight
from trading.tenders import life
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_DEADLINE, LotStage

feature = Feature("supervision", __name__)


@feature.get("/supervision", permission=SupervisionRight.BOARD)
def board(call: Call) -> str:
    """Today's openings, those still running first, and what opens in the days to come."""
    start, end = queries.window(Window.TODAY, call.now)
    running = queries.lots_in(call.session, LotStage.SUBMISSION_CLOSED, LotStage.OPENING)
    today = queries.openings_on(call.session, start, end)
    seen = {lot.id for lot in running}
    tiles = [*running, *(lot for lot in today if lot.id not in seen)]
    return pages.render(
        "supervision/board.html",
        tiles=[_tile(call, lot) for lot in tiles],
        coming=queries.openings_on(call.session, end, end + 7 * DAY),
    )


def _tile(call: Call, lot: Lot) -> dict[str, Any]:
    stage = life.shown_stage(lot, call.now)
    opening = openings.opening_of(call.session, lot.id)
    chip = life.chip(lot, call.now)
    word = chip.word
    until = lot.deadline if stage in BEFORE_DEADLINE else None
    if opening is not None and stage is LotStage.OPENING:
        word = opening_word(opening.stage.value)
        until = opening.until
    return {
        "lot": lot,
        "chip": chip,
        "word": word,
        "until": until,
        "is_paused": opening is not None and opening.paused_at is not None,
        "is_sealed": stage in BEFORE_DEADLINE,
    }

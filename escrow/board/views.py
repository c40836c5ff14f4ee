"""The bank board as a page of work and as a screen on the wall."""

from escrow.banks.rules import LinkState
from escrow.board import seen
from escrow.board.access import BoardRight
from kernel.house import Call
from kernel.pages import render
from kernel.permissions import Account, Role
from kernel.web import Feature

feature = Feature("board", __name__)


@feature.get("/bank-board", permission=BoardRight.BANK_BOARD_READ)
def board(call: Call) -> str:
    """Before the lists links and completeness only; after them all there is to see."""
    return render("board/page.html", **_shown(call))


@feature.get("/bank-board/screen", permission=BoardRight.BANK_BOARD_READ)
def screen(call: Call) -> str:
    """大屏: the same six banks, plain, read at ten metres."""
    return render("board/screen.html", mode="wall", **_shown(call))


def _shown(call: Call) -> dict[str, object]:
    assert isinstance(call.actor, Account)
    own = call.actor.organisation_name if call.actor.role is Role.BANK else None
    found = seen.board(call.session, now=call.now, own=own)
    ups = sum(tile.link.state is LinkState.UP for tile in found.tiles)
    return {
        "shown": found,
        "ups": ups,
        "is_bank": own is not None,
        "page": {"live": str(found.live_id) if found.live_id else None},
    }

"""The bank board."""

from escrow.banks import queries
from escrow.banks.access import BankRight
from escrow.banks.rules import LinkState
from kernel.house import Call
from kernel.pages import render
from kernel.web import Feature

feature = Feature("banks", __name__)


@feature.get("/escrow", permission=BankRight.BANK_BOARD_READ)
def board(call: Call) -> str:
    """Links and completeness; nothing here counts, sums or orders payments."""
    lines = queries.links(call.session)
    return render(
        "banks/board.html",
        links=lines,
        all_up=all(line.state is LinkState.UP for line in lines),
    )

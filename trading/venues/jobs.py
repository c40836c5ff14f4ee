"""What the rooms hear of lots: a deadline that moved, a lot that ended."""

from kernel.house import Call
from trading.tenders.events import LotMoved, NoticePublished
from trading.tenders.rules import ENDED, LotStage
from trading.venues import actions


def notice_published(call: Call, event: NoticePublished) -> None:
    """The room goes with the deadline that the newest notice names."""
    actions.follow_deadline(call.session, event.lot_id, now=call.now)


def lot_moved(call: Call, event: LotMoved) -> None:
    """An ended lot gives its room back."""
    if LotStage(event.to_stage) in ENDED:
        actions.release_ended(call.session, event.lot_id, now=call.now)

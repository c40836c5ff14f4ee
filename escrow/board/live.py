"""Telling the board's watchers to look again, of listed lots only.

What happens to a sub-account that no list has named tells nothing here: a frame would count it.
"""

from typing import Any

from sqlalchemy.orm import Session

from escrow.board.seen import ABOUT, STREAM
from escrow.bookings import queries as bookings
from escrow.disclosure.queries import is_listed
from escrow.events import DepositCredited, DepositRefunded, DepositReleased
from kernel import live
from kernel.house import Call
from kernel.outbox import Subscription

MOVED = "moved"


def moved(call: Call, event: Any) -> None:
    """Money moved on a sub-account: said to the watchers if its lot's list is published."""
    sub = bookings.by_number(call.session, event.number)
    if sub is not None and is_listed(call.session, sub.id):
        tell(call.session)


def tell(session: Session) -> None:
    """Say to whoever watches the board that it has changed."""
    live_id = live.open_session(session, kind=STREAM, ref=ABOUT)
    live.tell(session, live_id, MOVED, {})


SUBSCRIPTIONS = tuple(
    Subscription(event, f"board.{name}", moved)
    for name, event in (
        ("credited", DepositCredited),
        ("released", DepositReleased),
        ("refunded", DepositRefunded),
    )
)

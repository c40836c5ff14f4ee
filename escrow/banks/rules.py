"""States of a bank's link and of the messages it sends. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class LinkState(StrEnum):
    """How a bank answers."""

    UP = "up"
    BEHIND = "behind"
    DOWN = "down"


class InboxState(StrEnum):
    """A message waits, was read, could not be read, or contradicts what came before."""

    RECEIVED = "received"
    DONE = "done"
    QUARANTINED = "quarantined"
    ALARM = "alarm"


class Origin(StrEnum):
    """Pushed by the bank, or fetched by us."""

    PUSH = "push"
    POLL = "poll"


POOL_TARGET: Final = 200
POOL_BATCH: Final = 100
FIRST_LOOK_BACK: Final = timedelta(days=400)
OVERLAP: Final = timedelta(seconds=60)
BEHIND_AFTER: Final = timedelta(seconds=60)


def link_state(*, answered: bool, complete_until: datetime | None, now: datetime) -> LinkState:
    """UP when the bank answers and its feed reaches nearly to now (legal time)."""
    if not answered:
        return LinkState.DOWN
    if complete_until is None or now - complete_until > BEHIND_AFTER:
        return LinkState.BEHIND
    return LinkState.UP


def ask_from(complete_until: datetime | None, *, now: datetime) -> datetime:
    """From when to ask: a little before what is known, so that no edge of a period is missed."""
    return now - FIRST_LOOK_BACK if complete_until is None else complete_until - OVERLAP

"""When a sitting has a picture, and who sees what of it. Pure.

Before every list is out there is none: signalling would tell who is here, and how many. The opening
is held in public (招标投标法 36), so anybody may watch as it happens; the recording belongs to the
parties until the opening is over, and then to everybody, like the record.
"""

from collections.abc import Collection
from enum import StrEnum

from kernel.pure.errors import Refused
from trading.openings.states import BEFORE_LIST, FINISHED, Stage

LIVE_SECONDS = 60
"""How far back the public may look while the picture runs: what a slow line needs, no more."""
PARTING_SECONDS = 120
"""How long a picture may go on after the last lot is over."""
SILENCE_SECONDS = 600
"""After so long without a part a recording counts as broken off; its maker keeps what it has."""


class Standing(StrEnum):
    """As whom somebody looks at a sitting's picture."""

    HOST = "host"
    PARTY = "party"
    PUBLIC = "public"


def is_open(stages: Collection[Stage]) -> bool:
    """Whether a picture may be shown: every list is out and some lot is not over."""
    listed = not any(stage in BEFORE_LIST for stage in stages)
    return listed and not is_over(stages)


def is_over(stages: Collection[Stage]) -> bool:
    """Whether every lot has ended; a reconvened one has not."""
    return all(stage in FINISHED for stage in stages)


def check_open(stages: Collection[Stage]) -> None:
    """Raises Refused: MED-1102 a list is not out yet; MED-1103 the sitting is over."""
    if is_over(stages):
        raise Refused("MED-1103")
    if not is_open(stages):
        raise Refused("MED-1102")


def check_live(standing: Standing, *, running: bool, over: bool, age: float) -> None:
    """May this part be seen? `age` is how many seconds ago it came.

    Raises Refused MED-1105: not before the opening is over.
    """
    live = running and age <= LIVE_SECONDS
    if standing is Standing.PUBLIC and not live and not over:
        raise Refused("MED-1105")


def check_replay(standing: Standing, *, over: bool) -> None:
    """Raises Refused MED-1105: the recording is not public before the opening is over."""
    if standing is Standing.PUBLIC and not over:
        raise Refused("MED-1105")

"""How a bank's link is judged, and from when it is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from escrow.banks.rules import (
    BEHIND_AFTER,
    FIRST_LOOK_BACK,
    OVERLAP,
    POOL_BATCH,
    POOL_TARGET,
    LinkState,
    ask_from,
    link_state,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("answered", "complete_until", "state"),
    [
        (False, NOW, LinkState.DOWN),
        (True, None, LinkState.BEHIND),
        (True, NOW, LinkState.UP),
        (True, NOW - BEHIND_AFTER, LinkState.UP),
        (True, NOW - BEHIND_AFTER - MOMENT, LinkState.BEHIND),
        (True, NOW + BEHIND_AFTER * 2, LinkState.UP),
    ],
)
def test_links(answered: bool, complete_until: datetime | None, state: LinkState) -> None:
    assert link_state(answered=answered, complete_until=complete_until, now=NOW) is state


def test_a_bank_is_asked_from_a_little_before_what_is_known() -> None:
    assert ask_from(NOW, now=NOW + OVERLAP) == NOW - OVERLAP
    assert ask_from(None, now=NOW) == NOW - FIRST_LOOK_BACK
    # Above a year: whoever enrols late has paid before.
    assert timedelta(days=365) < FIRST_LOOK_BACK and timedelta(0) < OVERLAP < BEHIND_AFTER * 2
    assert 0 < POOL_BATCH < POOL_TARGET

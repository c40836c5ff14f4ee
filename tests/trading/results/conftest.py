"""A lot whose opening is closed; each test takes it on from there."""

import pytest

from tests.trading.openings.conftest import house, scene
from tests.trading.openings.world import Scene
from tests.trading.results.world import Results

__all__ = ["house", "scene"]


@pytest.fixture
def results(scene: Scene) -> Results:
    """The lot before its bids, with everything that may be done to it."""
    return Results(scene)

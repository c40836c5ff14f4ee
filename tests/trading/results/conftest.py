"""A lot whose opening is closed: opened once, then a copy of database and state for each test."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.house import House
from tests import stages
from tests.stages import Staged
from tests.trading.openings.conftest import house, published, scene, settings
from tests.trading.openings.world import Scene, set_scene
from tests.trading.results.world import Results

__all__ = ["house", "published", "scene", "settings"]


def close_opening(house: House) -> Scene:
    """Three bids opened, read out and recorded."""
    found = set_scene(house)
    Results(found).close_opening()
    return found


opened = stages.reached(close_opening)
"""The lot after its opening."""


@pytest.fixture
def results(opened: Staged[Scene], postgres_url: str, tmp_path: Path) -> Iterator[Results]:
    """The opened lot, with everything that may be done to it."""
    with stages.copied(opened, postgres_url, tmp_path / "opened") as settings:
        own = House.open(settings, pool_size=4)
        yield Results(replace(opened.acting, house=own))
        own.database.dispose()


@pytest.fixture
def unopened(scene: Scene) -> Results:
    """A lot of its own before its bids, for a test that makes other bids."""
    return Results(scene)

"""A scene: one published lot, nobody has bid yet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.house import House
from kernel.settings import Settings
from tests import stages
from tests.stages import Staged
from tests.trading.openings.world import Scene, set_scene

published = stages.reached(set_scene)
"""One published lot with its parties."""


@pytest.fixture
def settings(published: Staged[Scene], postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a copy of that scene."""
    with stages.copied(published, postgres_url, tmp_path) as settings:
        yield settings


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


@pytest.fixture
def scene(published: Staged[Scene], house: House) -> Scene:
    """Whoever acts in the copy."""
    first = published.acting
    return replace(first, house=house, bidders=[replace(each) for each in first.bidders])

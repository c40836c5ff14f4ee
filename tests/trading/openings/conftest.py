"""A scene: one published lot, nobody has bid yet."""

from collections.abc import Iterator

import pytest

from kernel.house import House
from kernel.settings import Settings
from tests.trading.openings.world import Scene, set_scene


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


@pytest.fixture
def scene(house: House) -> Scene:
    """One published lot with its parties."""
    return set_scene(house)

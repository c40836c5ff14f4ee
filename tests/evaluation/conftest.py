"""A scene: one opened lot handed over as a dossier, a pool of experts, nobody drawn yet."""

from collections.abc import Iterator

import pytest

from kernel.house import House
from kernel.settings import Settings
from tests.evaluation.world import Scene, set_scene


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=6)
    yield house
    house.database.dispose()


@pytest.fixture
def scene(house: House) -> Scene:
    """One dossier, ten experts at two sites."""
    return set_scene(house)

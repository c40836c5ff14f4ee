"""A committee at work."""

from collections.abc import Iterator

import pytest

from kernel.house import House
from kernel.settings import Settings
from tests.evaluation.scoring.world import Committee, seat_committee


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


@pytest.fixture
def committee(house: House) -> Committee:
    """Five pledged members, three bids, the qualification stage."""
    return seat_committee(house)

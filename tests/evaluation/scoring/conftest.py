"""A committee at work: seated once for the session, and lent to each test as a copy."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from kernel import postgres
from kernel.house import House
from kernel.settings import Settings
from tests.evaluation.scoring.world import Committee, seat_committee


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's own database, nobody seated."""
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


@pytest.fixture(scope="session")
def seated(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Committee]]:
    """Name of a database in which a committee has been seated, and that committee."""
    name = f"seated_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name, template=template)
    url = postgres.beside(postgres_url, name)
    folder = tmp_path_factory.mktemp("seated")
    house = House.open(Settings(database_url=url, state_dir=folder), pool_size=0)
    committee = seat_committee(house)
    # Nobody may be connected to a database that is copied.
    house.database.dispose()
    yield name, committee
    postgres.drop_database(postgres_url, name)


@pytest.fixture
def committee(seated: tuple[str, Committee], postgres_url: str) -> Iterator[Committee]:
    """Five pledged members, three bids, the qualification stage."""
    name, original = seated
    copy = f"test_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, copy, template=name)
    settings = replace(original.house.settings, database_url=postgres.beside(postgres_url, copy))
    house = House.open(settings, pool_size=4)
    yield replace(original, house=house)
    house.database.dispose()
    postgres.drop_database(postgres_url, copy)

"""A lot whose opening is closed: opened once, then a copy of database and state for each test."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from kernel import postgres
from kernel.house import House
from kernel.settings import Settings
from tests.trading.openings.conftest import house, scene
from tests.trading.openings.world import Scene, set_scene
from tests.trading.results.world import Results

__all__ = ["house", "scene"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What is copied: a database by name, a state folder, and whoever acts."""

    database: str
    state: Path
    scene: Scene


@pytest.fixture(scope="session")
def opened(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Three bids opened, read out and recorded."""
    name = f"opened_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name, template=template)
    state = tmp_path_factory.mktemp("opened")
    url = postgres.beside(postgres_url, name)
    built = House.open(Settings(database_url=url, state_dir=state), pool_size=4)
    found = set_scene(built)
    Results(found).close_opening()
    # A database with connections cannot be copied.
    built.database.dispose()
    yield Opened(name, state, found)
    postgres.drop_database(postgres_url, name)


@pytest.fixture
def results(opened: Opened, postgres_url: str, tmp_path: Path) -> Iterator[Results]:
    """The opened lot, with everything that may be done to it."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name, template=opened.database)
    state = tmp_path / "state"
    shutil.copytree(opened.state, state)
    url = postgres.beside(postgres_url, name)
    own = House.open(Settings(database_url=url, state_dir=state), pool_size=4)
    yield Results(replace(opened.scene, house=own))
    own.database.dispose()
    postgres.drop_database(postgres_url, name)


@pytest.fixture
def unopened(scene: Scene) -> Results:
    """A lot of its own before its bids, for a test that makes other bids."""
    return Results(scene)

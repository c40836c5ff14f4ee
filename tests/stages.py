"""A state that is costly to reach, reached once in a session and lent to each test as a copy."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

import pytest

from kernel import postgres
from kernel.house import House
from kernel.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Staged(Generic[T]):
    """A database by name, its state folder, and whoever acts there, on the first house."""

    database: str
    state: Path
    acting: T


def reached(reach: Callable[[House], T]) -> Any:
    """A fixture of the session: a house founded once and brought where `reach` ends."""

    @pytest.fixture(scope="session")
    def staged(
        postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Staged[T]]:
        name, state = f"staged_{uuid4().hex[:12]}", tmp_path_factory.mktemp("staged")
        postgres.create_database(postgres_url, name, template=template)
        url = postgres.beside(postgres_url, name)
        house = House.open(Settings(database_url=url, state_dir=state), pool_size=4)
        acting = reach(house)
        # Nobody may be connected to a database that is copied.
        house.database.dispose()
        yield Staged(name, state, acting)
        postgres.drop_database(postgres_url, name)

    return staged


@contextmanager
def copied(staged: Staged[T], server: str, state: Path) -> Iterator[Settings]:
    """Settings of an installation that stands where the first does, in folder `state`."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(server, name, template=staged.database)
    shutil.copytree(staged.state, state, dirs_exist_ok=True)
    yield Settings(database_url=postgres.beside(server, name), state_dir=state)
    postgres.drop_database(server, name)

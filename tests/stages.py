"""A state that is costly to reach, reached once in a session and lent to each test as a copy."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from uuid import uuid4

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


@contextmanager
def reached(
    server: str, template: str, state: Path, reach: Callable[[House], T]
) -> Iterator[Staged[T]]:
    """Found a house on a copy of `template` and bring it where `reach` ends."""
    name = f"staged_{uuid4().hex[:12]}"
    postgres.create_database(server, name, template=template)
    settings = Settings(database_url=postgres.beside(server, name), state_dir=state)
    house = House.open(settings, pool_size=4)
    acting = reach(house)
    # Nobody may be connected to a database that is copied.
    house.database.dispose()
    yield Staged(name, state, acting)
    postgres.drop_database(server, name)


@contextmanager
def copied(staged: Staged[T], server: str, state: Path) -> Iterator[Settings]:
    """Settings of an installation that stands where the first does, in folder `state`."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(server, name, template=staged.database)
    shutil.copytree(staged.state, state, dirs_exist_ok=True)
    yield Settings(database_url=postgres.beside(server, name), state_dir=state)
    postgres.drop_database(server, name)

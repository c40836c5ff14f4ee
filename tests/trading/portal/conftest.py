"""The same centre as the tenders' tests use, and one published lot in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kernel.clock import legal_now
from kernel.house import House
from kernel.identity import authority as authorities
from kernel.settings import Settings
from tests import stages
from tests.stages import Staged
from tests.trading.tenders.conftest import authority, blobs, database, found, founded
from tests.trading.tenders.world import World, published_lot
from trading import worker

__all__ = ["authority", "blobs", "database", "founded"]


def publish(house: House) -> tuple[World, UUID]:
    """The notice is numbered by the log and written as PDF."""
    world = found(house)
    with house.database.writing() as session:
        now = legal_now(session)
        here = authorities.of(house, session, now)
        lot_id = published_lot(session, house.blobs, here, world, now=now)
    worker.sequence(house)
    for tick in worker.ticks():
        if tick.name == "tenders.write_pdfs":
            worker.run_tick(house, tick)
    return world, lot_id


published = stages.reached(publish)
"""The centre with one lot on offer."""


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path
) -> Iterator[Settings]:
    """Settings of a copy: with the lot for a test that asks for it, else of the bare centre."""
    wanted = "published" if "lot_id" in request.fixturenames else "founded"
    staged: Staged[Any] = request.getfixturevalue(wanted)
    with stages.copied(staged, postgres_url, tmp_path) as settings:
        yield settings


@pytest.fixture
def lot_id(published: Staged[tuple[World, UUID]]) -> UUID:
    """A published lot whose notice is numbered and written as PDF."""
    return published.acting[1]


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """The parties of whichever copy it is."""
    if "lot_id" in request.fixturenames:
        lot: Staged[tuple[World, UUID]] = request.getfixturevalue("published")
        return lot.acting[0]
    bare: Staged[World] = request.getfixturevalue("founded")
    return bare.acting

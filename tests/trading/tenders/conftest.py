"""A centre with its parties, founded once and lent to each test as a copy.

Other folders lend what they found in the same way: a `founded` of their own, the rest from here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import House
from kernel.identity import authority as authorities
from kernel.identity.authority import Authority
from kernel.settings import Settings
from tests import stages
from tests.stages import Staged
from tests.trading.tenders.world import World, found_world


def found(house: House) -> World:
    """Tenderee, agency, centre, supervisor and notary."""
    with house.database.writing() as session:
        now = legal_now(session)
        return found_world(session, authorities.of(house, session, now), now=now)


founded = stages.reached(found)
"""The parties and their certificates."""


@pytest.fixture
def settings(founded: Staged[Any], postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a copy of what was founded."""
    with stages.copied(founded, postgres_url, tmp_path) as settings:
        yield settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The copy's database."""
    database = Database(settings.database_url, pool_size=4)
    yield database
    database.dispose()


@pytest.fixture
def authority(settings: Settings) -> Authority:
    """The certificate authority where the application keeps it."""
    return Authority(settings.keys_dir / "authority", passphrase="", demo=True)


@pytest.fixture
def blobs(settings: Settings) -> BlobStore:
    """The blob folder of the test's installation."""
    return BlobStore(settings.blobs_dir)


@pytest.fixture
def world(founded: Staged[World]) -> World:
    """Tenderee, agency, centre, supervisor and notary."""
    return founded.acting

"""A founded centre in a fresh database."""

from pathlib import Path

import pytest

from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.identity.authority import Authority
from tests.trading.tenders.world import World, found_world


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A certificate authority of the test's own, where the application would keep it."""
    return Authority(tmp_path / "keys" / "authority", passphrase="", demo=True)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    """The blob folder of the test's installation."""
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def world(database: Database, authority: Authority) -> World:
    """Tenderee, agency, centre, supervisor and notary."""
    with database.writing() as session:
        return found_world(session, authority, now=legal_now(session))

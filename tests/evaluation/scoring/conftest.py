"""A committee at work: seated once for the session, and lent to each test as a copy."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.db import Database
from kernel.house import House
from kernel.settings import Settings
from tests import stages
from tests.evaluation.scoring.world import Committee, seat_committee
from tests.stages import Staged


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of an installation in which nobody is registered."""
    return Settings(database_url=database.url, state_dir=tmp_path)


seated = stages.reached(seat_committee)
"""Five pledged members, three bids, the qualification stage."""


@pytest.fixture
def committee(seated: Staged[Committee], postgres_url: str, tmp_path: Path) -> Iterator[Committee]:
    """Whoever acts in the copy."""
    with stages.copied(seated, postgres_url, tmp_path / "committee") as settings:
        house = House.open(settings, pool_size=4)
        yield replace(seated.acting, house=house)
        house.database.dispose()

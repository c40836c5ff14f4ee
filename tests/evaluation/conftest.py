"""A scene: one opened lot handed over as a dossier, a pool of experts, nobody drawn yet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.house import House
from kernel.settings import Settings
from tests import stages
from tests.evaluation.world import Scene, set_scene
from tests.stages import Staged

convened = stages.reached(set_scene)
"""One dossier, ten experts at two sites."""


@pytest.fixture
def settings(convened: Staged[Scene], postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a copy of that scene."""
    with stages.copied(convened, postgres_url, tmp_path) as settings:
        yield settings


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=6)
    yield house
    house.database.dispose()


@pytest.fixture
def scene(convened: Staged[Scene], house: House) -> Scene:
    """Whoever acts in the copy."""
    return replace(convened.acting, house=house, experts=list(convened.acting.experts))

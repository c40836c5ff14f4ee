"""Seeding: every lot reaches the state its life has by now, through the public actions."""

from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.db import Database
from kernel.house import House
from kernel.settings import Settings
from trading.demo import seed
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage


@pytest.fixture
def house(unfounded: Database, tmp_path: Path) -> House:
    return House.open(Settings(database_url=unfounded.url, state_dir=tmp_path), pool_size=2)


def stages(house: House) -> dict[str, LotStage]:
    with house.database.reading() as session:
        return {lot.name: lot.stage for lot in session.scalars(select(Lot))}


def test_the_prologue_plays_up_to_the_eve_of_the_first_past_opening(house: House) -> None:
    seed.prologue(house)
    assert stages(house) == {
        "云澜市水文监测站网升级工程勘察设计": LotStage.TERMINATED,
        "平阳县鳌江支流清淤工程监理": LotStage.FAILED_TOO_FEW,
        "平阳县万全片区公路安全提升工程设计": LotStage.DOCUMENTS_ON_OFFER,
    }


def test_the_prologue_may_be_called_again(house: House) -> None:
    seed.prologue(house)
    before = stages(house)
    seed.prologue(house)
    assert stages(house) == before

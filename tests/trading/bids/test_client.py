"""The bidders' own modules, run by Node against the running installation."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from kernel.clock import installation as founded
from kernel.db import Database
from kernel.house import House
from kernel.settings import Settings
from tests.running import installation
from trading.installation import ROOT, Installation

from .stage import set_stage
from .world import PublishedLot


@pytest.fixture
def offered() -> Iterator[tuple[Installation, PublishedLot]]:
    """A running installation with one lot that asks for a deposit."""
    lots: list[PublishedLot] = []

    def prepare(settings: Settings) -> None:
        lots.append(set_stage(settings, deposit_fen=8_000_000))

    with installation(prepare) as running:
        yield running, lots[0]


@pytest.mark.timeout(300)
def test_bidders_modules_against_running_servers(
    offered: tuple[Installation, PublishedLot],
) -> None:
    running, lot = offered
    settings = running.settings
    database = Database(settings.database_url, pool_size=0)
    with database.reading() as session:
        origin = founded(session).log_origin
    house = House.open(settings, pool_size=0)
    done = subprocess.run(
        [
            "node",
            "tests/trading/bids/client.mjs",
            running.url,
            settings.upload_url,
            settings.bank_url,
            str(lot.id),
            json.dumps(
                {
                    "name": origin,
                    "key": house.keys.log_public_key.hex(),
                    **house.witnesses.as_json(),
                }
            ),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 14

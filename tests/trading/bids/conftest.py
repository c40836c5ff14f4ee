"""A lot on offer, a bidder, and the upload process really running."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import pytest

from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import House
from kernel.settings import Settings

from .desk import Desk, desk_on
from .tus import TusClient
from .world import Bidder, PublishedLot, publish

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=8)
    yield house
    house.database.dispose()


@pytest.fixture
def lot(database: Database) -> PublishedLot:
    """A lot that takes bids for another hour."""
    with database.writing() as session:
        return publish(session, now=legal_now(session), closes_in=timedelta(hours=1))


@pytest.fixture
def bidder(lot: PublishedLot) -> Bidder:
    """One pseudonym of the lot."""
    return Bidder(lot)


class UploadProcess:
    """The real process, which tests may kill and start again at the same port."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._environment = {
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "SUNBID_STATE_DIR": str(settings.state_dir),
        }
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it listens."""
        served = f"granian --interface wsgi --factory --host 127.0.0.1 --port {self.port}"
        self._running = subprocess.Popen(
            [
                *(sys.executable, "-m", *served.split()),
                *("--blocking-threads", "8", "--no-access-log", "--log-level", "error"),
                "trading.bids.upload:create_app",
            ],
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
        )
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError("the upload process does not listen")

    def kill(self) -> None:
        """kill -9 of it and all its children."""
        if self._running is not None:
            os.killpg(self._running.pid, SIGKILL)
            self._running.wait()
            self._running = None


@pytest.fixture
def upload_process(settings: Settings) -> Iterator[UploadProcess]:
    """The upload process, started."""
    process = UploadProcess(settings)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def tus(upload_process: UploadProcess, house: House) -> Callable[[Bidder], TusClient]:
    """A tus client of a bidder against the running process."""
    return lambda bidder: TusClient(upload_process.port, house, bidder)


@pytest.fixture(scope="module")
def desk(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Both applications in this process, on one database for a module's tests."""
    with desk_on(postgres_url, template, tmp_path_factory.mktemp("desk")) as found:
        yield found

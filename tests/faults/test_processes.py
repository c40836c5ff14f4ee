"""Every process of an installation may die at any time; the rest goes on and it comes back."""

import time
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest

from tests import running
from trading.installation import AlreadyRunning, Installation, answers, forget

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with running.installation() as found:
        yield found


def back(installation: Installation, name: str, address: str, starts: int) -> None:
    deadline = time.monotonic() + 60
    while installation.supervisor.starts(name) == starts or not answers(address):
        assert time.monotonic() < deadline, f"{name} did not come back"
        time.sleep(0.05)


def legal_time(installation: Installation) -> str:
    with urllib.request.urlopen(f"{installation.url}/clock", timeout=20) as found:
        return str(found.read())


@pytest.mark.parametrize("name", ["web", "upload", "bank"])
def test_a_killed_server_serves_again(installation: Installation, name: str) -> None:
    addresses = {
        "web": installation.url,
        "upload": installation.settings.upload_url,
        "bank": installation.settings.bank_url,
    }
    starts = installation.supervisor.starts(name)
    installation.kill(name)
    back(installation, name, addresses[name], starts)


def test_a_killed_worker_leads_again(installation: Installation) -> None:
    def leaders() -> int:
        with psycopg.connect(installation.settings.database_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7260001 "
                "AND granted"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def eventually_leads() -> None:
        deadline = time.monotonic() + 60
        while leaders() != 1:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    eventually_leads()
    starts = installation.supervisor.starts("worker")
    installation.kill("worker")
    while installation.supervisor.starts("worker") == starts:
        time.sleep(0.05)
    eventually_leads()


def test_the_pages_answer_after_the_database_fell_over(installation: Installation) -> None:
    before = legal_time(installation)
    installation.kill("postgres")
    assert legal_time(installation) != before


def test_a_state_folder_runs_once_and_is_not_forgotten_while_it_runs(
    installation: Installation,
) -> None:
    second = Installation(installation.state_dir, prepare=running.empty)
    with pytest.raises(AlreadyRunning):
        second.start()
    with pytest.raises(AlreadyRunning):
        forget(installation.state_dir)
    assert answers(installation.url)

"""Every process of an installation may die at any time; the rest goes on and it comes back."""

import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from tests import running
from tests.faults.world import BIDDERS, TRUSTEES, World, offer, until, world
from trading.installation import AlreadyRunning, Installation, answers, forget

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

LOT = "无戳"
PAST_DELTA = timedelta(seconds=11)


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(LOT) as found:
        yield found


@pytest.fixture
def installation(here: World) -> Installation:
    return here.installation


def back(installation: Installation, name: str, address: str, starts: int) -> None:
    deadline = time.monotonic() + 60
    while installation.supervisor.starts(name) == starts or not answers(address):
        assert time.monotonic() < deadline, f"{name} did not come back"
        time.sleep(0.05)


def legal_time(installation: Installation) -> str:
    with urllib.request.urlopen(f"{installation.url}/clock", timeout=20) as found:
        return str(found.read())


@pytest.mark.parametrize("name", ["web", "upload", "bank", "cosigner", "stamping", "listener"])
def test_a_killed_server_serves_again(installation: Installation, name: str) -> None:
    addresses = {
        "web": installation.url,
        "upload": installation.settings.upload_url,
        "bank": installation.settings.bank_url,
        "cosigner": installation.settings.cosigners.rpartition(" ")[2],
        "stamping": installation.settings.stamping_url,
        "listener": installation.settings.listener_url,
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


def test_a_close_that_nobody_stamps_is_late_until_a_supervisor_decides(here: World) -> None:
    """The authority is down from before T to after T + δ; no share leaves, and it is said why."""
    lot = here.lots[LOT]

    def close() -> str:
        [(state,)] = here.rows("SELECT close_state FROM opening WHERE lot_id = :lot", lot=lot)
        return str(state)

    def release(login: str) -> object:
        return here.puppets.ask("release", **{"as": login}, lot=str(lot))

    for login in BIDDERS:
        terms = offer(400_000_000)
        files = {"technical": "技术文件", "commercial": "商务文件"}
        here.puppets.ask("bid", **{"as": login}, lot=str(lot), offer=terms, files=files)
    with here.installation.supervisor.down("stamping"):
        here.advance(here.deadline(lot))
        here.until_stage(lot, "deadline_lock")
        assert close() == "awaited" and release("centre") is None
        here.advance(here.deadline(lot) + PAST_DELTA)
        until(lambda: close() == "late", "the close to be late")
        assert release("centre") is None
        assert len(here.payloads(lot, "close_late")) == 1
    here.puppets.ask("decide", **{"as": "supervisor"}, lot=str(lot))
    assert close() == "go_on"
    for login in TRUSTEES:
        until(lambda login=login: release(login), f"{login}'s release")  # type: ignore[misc]
    here.until_stage(lot, "list_published", "bidder_decryption")
    assert here.payloads(lot, "close_witnessed") == []


def test_a_state_folder_runs_once_and_is_not_forgotten_while_it_runs(
    installation: Installation,
) -> None:
    second = Installation(installation.state_dir, prepare=running.empty)
    with pytest.raises(AlreadyRunning):
        second.start()
    with pytest.raises(AlreadyRunning):
        forget(installation.state_dir)
    assert answers(installation.url)

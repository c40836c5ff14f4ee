"""The live line over real sockets: two web processes, kills, slow readers, floods, transports."""

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import websocket
from sqlalchemy.exc import OperationalError

from kernel import live
from kernel.ids import new_id
from kernel.postgres import Server
from tests import scratch
from tests.faults.lines import Line, Poller
from tests.faults.watcher import Watcher
from trading.bench._web import Hall, hall, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

PATIENCE = 60.0
SMALL, LARGE = "x" * 200, "x" * 60_000
World = tuple[Hall, Server]


class Whole(Watcher):
    """Keeps events as they are."""

    kept = ("seq", "kind", "payload", "at")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    folder = scratch.folder()
    server = Server(folder / "postgres")
    try:
        server.start()
        with hall(server, folder, processes=2, burst=300, rate=2) as here:
            yield here, server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def here(world: World) -> Hall:
    return world[0]


@pytest.fixture
def live_id(here: Hall) -> UUID:
    """A stream of the test's own."""
    with here.database.writing() as session:
        return live.open_session(session, kind="opening", ref=new_id())


def say(here: Hall, live_id: UUID, count: int, text: str = SMALL) -> int:
    """Append some events in one commit; returns the last number."""
    with here.database.writing() as session:
        return [live.append(session, live_id, "said", {"text": text}) for _ in range(count)][-1]


def insist(act: Callable[[], Any]) -> None:
    """Do something that a database coming back may refuse for a while."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            act()
        except OperationalError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def replay(url: str, live_id: UUID) -> bytes:
    """The stream as any page may ask for it."""
    with urllib.request.urlopen(f"{url}/live/{live_id}/events?after=0", timeout=20) as answer:
        return bytes(answer.read())


def test_killed_and_restarted_processes_lose_and_reorder_nothing(
    world: World, live_id: UUID
) -> None:
    here, server = world
    watchers = [Whole(url, live_id) for url in here.urls for _ in range(2)]
    eventually(lambda: all(watcher.joins for watcher in watchers))
    for number in range(1, 61):
        insist(lambda: say(here, live_id, 1))
        if number == 20:
            here.supervisor.kill("web-2")
        if number == 40:
            server.kill()
            server.start()
        time.sleep(0.01)
    eventually(lambda: all(len(watcher.events) >= 60 for watcher in watchers))
    for watcher in watchers:
        watcher.stop()
    wait_for(here.urls[1])
    told = [json.dumps(watcher.events, sort_keys=True).encode() for watcher in watchers]
    replayed = [replay(url, live_id) for url in here.urls]
    kept = json.dumps(json.loads(replayed[0])["events"], sort_keys=True).encode()
    # A commit whose answer was lost with the server was said again: then there is one more.
    assert len(json.loads(kept)) in (60, 61)
    assert set(told) == {kept}
    assert set(replayed) == {replayed[0]}
    # Those who were cut off came back; those of the other process stayed until the database went.
    assert watchers[2].joins > 1


def test_who_joins_while_the_database_is_away_is_told_to_ask_again(
    world: World, live_id: UUID
) -> None:
    here, server = world
    line = Line(here.urls[0])
    server.kill()
    try:
        assert line.join(live_id) == {"error": "WEB-1005", "retry": True}
    finally:
        server.start()
    eventually(lambda: line.join(live_id) == {"events": []})
    insist(lambda: say(here, live_id, 1))
    assert line.next()[1]["seq"] == 1
    line.close()


def test_what_is_told_in_passing_reaches_both_processes(here: Hall, live_id: UUID) -> None:
    lines = [Line(url) for url in here.urls]
    for line in lines:
        assert line.join(live_id) == {"events": []}
    with here.database.writing() as session:
        live.tell(session, live_id, "presence", {"public": 2})
        live.tell(session, live_id, "presence", {"public": 3}, group="nobody")
    for line in lines:
        assert line.next() == ("presence", {"id": str(live_id), "public": 2})
        line.close()


def test_a_client_long_away_catches_up_in_one_answer(here: Hall, live_id: UUID) -> None:
    say(here, live_id, 500)
    line = Line(here.urls[0])
    assert [event["seq"] for event in line.join(live_id)["events"]] == list(range(1, 501))
    line.close()


def test_a_slow_reader_is_dropped_and_resumes_while_others_hear_all(
    here: Hall, live_id: UUID
) -> None:
    quick = Watcher(here.urls[0], live_id)
    slow = Line(here.urls[0], buffer=4096)
    slow.join(live_id)
    eventually(lambda: quick.joins == 1)
    for _ in range(10):
        say(here, live_id, 10, LARGE)
        time.sleep(0.02)
    eventually(lambda: len(quick.events) == 100)
    assert quick.joins == 1
    seen = 0
    with pytest.raises((ConnectionError, OSError, websocket.WebSocketException)):
        while True:
            _, event = slow.next()
            # What it is still given is whole and in order.
            assert (event["seq"], event["payload"]["text"]) == (seen + 1, LARGE)
            seen += 1
    assert 0 < seen < 100
    again = Line(here.urls[0])
    assert [e["seq"] for e in again.join(live_id, seen)["events"]] == list(range(seen + 1, 101))
    quick.stop()
    again.close()


def test_events_between_pings_and_answers_keep_their_order(here: Hall, live_id: UUID) -> None:
    line, stop = Line(here.urls[0]), threading.Event()
    line.join(live_id)

    def ping() -> None:
        while not stop.wait(0.001):
            line.socket.ping("p" * 100)

    pinging = threading.Thread(target=ping)
    pinging.start()
    seqs: list[int] = []
    for _ in range(20):
        say(here, live_id, 5)
    while len(seqs) < 100:
        seqs.append(line.next()[1]["seq"])
    stop.set()
    pinging.join()
    assert seqs == list(range(1, 101))
    line.close()


def test_a_polling_client_hears_all_in_order(here: Hall, live_id: UUID) -> None:
    poller = Poller(here.urls[0], live_id)
    for _ in range(5):
        say(here, live_id, 4)
        poller.poll()
    while len(poller.seqs) < 20:
        poller.poll()
    assert poller.seqs == list(range(1, 21))


def test_an_upgrade_in_flight_loses_and_reorders_nothing(here: Hall, live_id: UUID) -> None:
    poller = Poller(here.urls[0], live_id)
    say(here, live_id, 3)
    poller.poll()
    line = poller.upgrade()
    say(here, live_id, 10)
    time.sleep(0.2)
    poller.finish(line, 13)
    assert poller.seqs == list(range(1, 14))


def test_a_flooding_client_is_cut_off_and_nobody_else(here: Hall, live_id: UUID) -> None:
    other = Line(here.urls[0])
    other.join(live_id)
    flood = Line(here.urls[0])
    wish = f'42/live,7["join",{{"id":"{live_id}","after":0}}]'
    with pytest.raises((OSError, websocket.WebSocketException)):
        for _ in range(20_000):
            flood.socket.send(wish)
        while flood.socket.recv():
            pass
        raise ConnectionError
    began = time.monotonic()
    say(here, live_id, 1)
    assert other.next()[1]["seq"] == 1
    assert "events" in other.join(live_id)
    assert time.monotonic() - began < 3
    other.close()


def test_who_joins_too_often_is_told_to_wait(here: Hall, live_id: UUID) -> None:
    line = Line(here.urls[0])
    answers = [line.join(live_id) for _ in range(70)]
    assert answers[0] == {"events": []}
    assert answers[-1] == {"error": "WEB-1105", "retry": True}
    line.close()


def test_messages_have_a_size_and_pages_an_origin(here: Hall, live_id: UUID) -> None:
    line = Line(here.urls[0])
    line.socket.send("42/live,1" + json.dumps(["join", {"id": str(live_id), "x": "x" * 65_600}]))
    with pytest.raises((ConnectionError, OSError, websocket.WebSocketException)):
        line.read_until("43")
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        Line(here.urls[0], origin="https://elsewhere.example")


def test_an_address_that_connects_without_end_is_refused_for_a_while(here: Hall) -> None:
    url = f"{here.urls[1]}/socket.io/?EIO=4&transport=polling"
    codes = []
    for _ in range(400):
        try:
            urllib.request.urlopen(url, timeout=10).close()
            codes.append(200)
        except urllib.error.HTTPError as refused:
            codes.append(refused.code)
            break
    assert codes[-1] == 401
    # Other pages of the same address are served.
    assert urllib.request.urlopen(f"{here.urls[1]}/clock", timeout=10).status == 200


def test_the_web_process_has_nothing_to_complain_about(here: Hall) -> None:
    """But that the database was gone for a moment."""
    for path in here.logs.glob("*.log"):
        told = path.read_text(errors="replace")
        print(told)
        assert "Traceback" not in told

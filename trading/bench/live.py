"""A room of a thousand sockets: how soon each event is with everybody, and at what cost.

An event's time runs from when it is handed in to when a viewer has read it. Ours is the whole web
process: a row is written and committed, told by NOTIFY and sent. The peers are bare servers
that broadcast what they are posted. Same frames, same viewers, by turns.
"""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from kernel import live
from kernel.bench import Bar, Bench, Figure, Side
from trading.bench._web import GUNICORN, hall, post, processor_seconds, wait_for
from trading.installation import ROOT, free_ports

VIEWERS, EVENTS, EVERY = 1000, 40, 0.25
MANY, FEW_EVENTS, SLOWLY = 5000, 20, 1.0
AWAY = 500
ROUNDS = 2
TEXT = "x" * 200
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Server:
    """One that can be told to broadcast; `joins` is what its viewers send first, if anything."""

    name: str
    urls: list[str]
    processes: list[int]
    joins: dict[str, Any] | None
    say: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """What the viewers of one turn saw, and what it cost the server."""

    p50: float
    p95: float
    lost: int
    disordered: int
    dropped: int
    micros: float
    load: float


def measure(bench: Bench) -> list[Figure]:
    """Delivery by us, Node and stock Flask-SocketIO; 5,000 across two processes; a catch-up."""
    kinds = {"ours": ours, "node": node, "stock": stock}
    turns: dict[str, list[Turn]] = {name: [] for name in kinds}
    for number in range(ROUNDS):
        for name in list(kinds) if number % 2 == 0 else reversed(kinds):
            with kinds[name](bench) as server:
                turns[name].append(_turn(server, VIEWERS, EVENTS, EVERY))
    with hall(bench.server, bench.work, processes=2) as both:
        many = _turn(_ours(both), MANY, FEW_EVENTS, SLOWLY)
    return [*_beside(turns), *_whole("1,000 viewers", turns["ours"]), *_many(many), *_away(bench)]


def _beside(turns: dict[str, list[Turn]]) -> Iterator[Figure]:
    loads = "/".join(f"{turn.load:.1f}" for each in turns.values() for turn in each)
    bars = {"node": Bar(Side.AT_MOST, 1.0), "stock": Bar(Side.AT_MOST, 0.5)}
    names = {"node": "bare Node socket.io 4.8.4", "stock": "stock Flask-SocketIO"}
    for what, unit, field in (
        ("delivery, median", "ms", "p50"),
        ("delivery, 95th of a hundred", "ms", "p95"),
        ("processor time per delivery", "µs", "micros"),
    ):
        mine, *peers = (
            statistics.median(getattr(turn, field) for turn in turns[name])
            for name in ("ours", "node", "stock")
        )
        for peer, value in zip(("node", "stock"), peers, strict=True):
            name = f"{what}, {VIEWERS} viewers (load {loads})"
            yield Figure(name, mine, unit, bars[peer], names[peer], value)


def _whole(who: str, turns: list[Turn]) -> Iterator[Figure]:
    none = Bar(Side.AT_MOST, 0, on_ratio=False)
    yield Figure(f"{who}: events lost", sum(turn.lost for turn in turns), "", none)
    yield Figure(f"{who}: out of order", sum(turn.disordered for turn in turns), "", none)
    yield Figure(f"{who}: dropped", sum(turn.dropped for turn in turns), "", none)


def _many(turn: Turn) -> Iterator[Figure]:
    who = f"{MANY} viewers, two web processes, no broker"
    second = Bar(Side.AT_MOST, 1000, on_ratio=False)
    yield Figure(f"{who}: median (load {turn.load:.1f})", turn.p50, "ms", second)
    yield Figure(f"{who}: 95th of a hundred", turn.p95, "ms", second)
    yield from _whole(who, [turn])


def _away(bench: Bench) -> Iterator[Figure]:
    """What one who has missed 500 events fetches, in one request."""
    with hall(bench.server, bench.work) as here:
        with here.database.writing() as session:
            for n in range(AWAY):
                live.append(session, here.live_id, "said", {"n": n, "text": TEXT})
        spans, size, count = [], 0, 0
        for _ in range(5):
            began = time.perf_counter()
            with urlopen(f"{here.urls[0]}/live/{here.live_id}/events?after=0") as answer:  # noqa: S310
                body = answer.read()
            spans.append((time.perf_counter() - began) * 1000)
            size, count = len(body), len(json.loads(body)["events"])
    yield Figure(
        f"{AWAY} missed events, in one request", count, "", Bar(Side.AT_LEAST, AWAY, on_ratio=False)
    )
    yield Figure("their bytes", size / 1024, "KiB", Bar(Side.AT_MOST, 512, on_ratio=False))
    yield Figure(
        "their time", statistics.median(spans), "ms", Bar(Side.AT_MOST, 200, on_ratio=False)
    )


@contextmanager
def ours(bench: Bench) -> Iterator[Server]:
    """The application itself."""
    with hall(bench.server, bench.work) as here:
        yield _ours(here)


def _ours(here: Any) -> Server:
    joins = {"id": str(here.live_id), "after": 0}
    return Server("ours", here.urls, here.processes, joins, lambda n: here.say(n, TEXT))


@contextmanager
def node(_bench: Bench) -> Iterator[Server]:
    """A bare socket.io server."""
    [port] = free_ports(1)
    process = subprocess.Popen(("node", str(HERE / "_live_node.mjs"), str(port)))
    yield from _peer("node", port, process)


@contextmanager
def stock(_bench: Bench) -> Iterator[Server]:
    """Flask-SocketIO as it comes, under the gunicorn we use."""
    [port] = free_ports(1)
    config, bind = str(HERE / "_live_stock_config.py"), f"127.0.0.1:{port}"
    command = (*GUNICORN, "-c", config, "--bind", bind, "trading.bench._live_stock:app")
    yield from _peer("stock", port, subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL))


def _peer(name: str, port: int, process: "subprocess.Popen[bytes]") -> Iterator[Server]:
    url = f"http://localhost:{port}"

    def say(seq: int) -> None:
        payload = {"t": time.monotonic_ns(), "n": seq, "text": TEXT}
        at = "2026-01-01T00:00:00.000000+00:00"
        told = {"id": "0" * 36, "seq": seq, "kind": "said", "payload": payload, "at": at}
        post(url, json.dumps(told).encode())

    try:
        wait_for(url)
        yield Server(name, [url], [process.pid], None, say)
    finally:
        process.terminate()
        process.wait()


def _turn(server: Server, viewers: int, events: int, every: float) -> Turn:
    asked = {
        "urls": server.urls,
        "viewers": viewers,
        "events": events,
        "namespace": "/live",
        "join": server.joins,
    }
    command = ("node", str(HERE / "_live_viewers.mjs"), json.dumps(asked))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as generator:
        if generator.stdout is None or generator.stdout.readline() != "ready\n":
            raise RuntimeError("the viewers did not come to be ready")
        time.sleep(2)
        before = sum(map(processor_seconds, server.processes))
        for n in range(1, events + 1):
            server.say(n)
            time.sleep(every)
        told = json.loads(generator.stdout.readline())
        spent = sum(map(processor_seconds, server.processes)) - before
    return Turn(
        p50=told["p50"],
        p95=told["p95"],
        lost=told["expected"] - told["received"],
        disordered=told["disordered"],
        dropped=told["dropped"],
        micros=spent * 1e6 / max(1, told["received"]),
        load=os.getloadavg()[0],
    )

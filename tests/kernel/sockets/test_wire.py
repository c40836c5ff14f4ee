"""The writing end of a WebSocket, over real sockets with small buffers."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import gevent
import gevent.socket
import pytest

from kernel.sockets.wire import Wire, text_frame

BOUND = 100_000
Pair = tuple[Wire, Any]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A wire whose kernel buffers hold a few kilobytes, and the client's end."""
    listener = gevent.socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = gevent.socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(listener.getsockname())
    served, _ = listener.accept()
    yield Wire(served, bound=BOUND), client
    for each in (client, served, listener):
        each.close()


def read(client: Any, size: int) -> bytes:
    """Slowly, in small pieces."""
    got = b""
    with gevent.Timeout(5):
        while len(got) < size and (piece := client.recv(3000)):
            got += piece
    return got


def unframed(data: bytes) -> list[str]:
    """The messages of whole text frames."""
    found = []
    while data:
        assert data[0] == 0x81
        size, head = data[1], 2
        if size == 126:
            size, head = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(data[2:10], "big"), 10
        found.append(data[head : head + size].decode())
        assert len(data) >= head + size
        data = data[head + size :]
    return found


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_what_the_client_reads(size: int) -> None:
    assert unframed(text_frame("x" * size) + text_frame("听")) == ["x" * size, "听"]


def test_what_the_kernel_does_not_take_follows_whole_and_in_order(pair: Pair) -> None:
    wire, client = pair
    told = [json.dumps({"n": n, "text": "x" * 900}) for n in range(100)]
    for each in told:
        frame = text_frame(each)
        assert wire.send(frame) == len(frame)
    assert 0 < wire.backlog <= BOUND
    got = read(client, sum(len(text_frame(each)) for each in told))
    assert unframed(got) == told
    gevent.sleep(0)
    assert wire.backlog == 0


def test_a_ping_between_two_pieces_of_a_frame_waits_its_turn(pair: Pair) -> None:
    wire, client = pair
    wire.send(text_frame("x" * 80_000))
    assert wire.backlog > 0
    wire.send(b"\x89\x00")
    wire.send(text_frame("after"))
    size = len(text_frame("x" * 80_000))
    got = read(client, size + 2 + 7)
    assert got[:size] == text_frame("x" * 80_000)
    assert got[size:] == b"\x89\x00" + text_frame("after")


def test_a_reader_too_slow_is_dropped_and_costs_nothing_more(pair: Pair) -> None:
    wire, client = pair
    frame = text_frame("x" * 9_000)
    for _ in range(100):
        wire.send(frame)
    assert not wire.is_open
    assert wire.backlog == 0
    with gevent.Timeout(5):
        # What had left may still be read; then the line ends.
        while client.recv(65_536):
            pass


def test_one_answer_may_be_larger_than_the_bound(pair: Pair) -> None:
    wire, client = pair
    answer = text_frame("x" * (3 * BOUND))
    wire.send(answer)
    assert wire.is_open
    assert read(client, len(answer)) == answer


@pytest.mark.parametrize("ends", ["client", "server", "dropped"])
def test_a_close_in_the_middle_of_a_write_harms_nobody(pair: Pair, ends: str) -> None:
    wire, client = pair
    wire.send(text_frame("x" * 60_000))
    assert wire.backlog > 0
    {"client": client.close, "server": wire.close, "dropped": wire.drop}[ends]()
    for _ in range(3):
        gevent.sleep(0.01)
        wire.send(text_frame("more"))
    assert not wire.is_open
    assert wire.backlog == 0


def test_after_the_closing_frame_nothing_is_taken_but_what_waits_still_leaves(pair: Pair) -> None:
    wire, client = pair
    before, goodbye = text_frame("x" * 60_000), b"\x88\x02\x03\xe8"
    wire.send(before)
    wire.send(goodbye)
    wire.finish()
    wire.send(text_frame("too late"))
    assert read(client, len(before) + len(goodbye)) == before + goodbye


def test_who_does_not_answer_the_close_is_cut_off(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.sockets.wire.FAREWELL_SECONDS", 0.05)
    wire, client = pair
    wire.finish()
    with gevent.Timeout(5):
        assert client.recv(10) == b""

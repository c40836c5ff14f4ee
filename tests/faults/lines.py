"""Clients of the socket one step at a time: by WebSocket, by polling, and from one to the other."""

import contextlib
import json
import socket
import threading
import time
from typing import Any
from uuid import UUID

import requests
import websocket

NAMESPACE = "/live"
WAIT = 20.0
_SEPARATOR = "\x1e"


def _address(url: str, sid: str = "") -> str:
    more = f"&sid={sid}" if sid else ""
    return f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket{more}"


class Line:
    """A WebSocket that is read when the test says so."""

    def __init__(self, url: str, *, buffer: int = 0, origin: str = "") -> None:
        options = ((socket.SOL_SOCKET, socket.SO_RCVBUF, buffer),) if buffer else ()
        self.socket = websocket.create_connection(
            _address(url),
            origin=origin or url,
            timeout=WAIT,
            sockopt=options,
            skip_utf8_validation=True,
        )
        self._asked = 0
        self.read_until("0{")
        self.socket.send(f"40{NAMESPACE},")
        self.read_until(f"40{NAMESPACE},")

    def read_until(self, start: str) -> str:
        """The next frame that starts so; pings on the way are answered."""
        while not (frame := str(self.socket.recv())).startswith(start):
            if not frame:
                raise ConnectionError("the line ended")
            if frame == "2":
                self.socket.send("3")
        return frame

    def ask(self, name: str, message: dict[str, Any]) -> Any:
        """Say something and return the answer."""
        self._asked += 1
        self.socket.send(f"42{NAMESPACE},{self._asked}{json.dumps([name, message])}")
        start = f"43{NAMESPACE},{self._asked}"
        return json.loads(self.read_until(start).removeprefix(start))[0]

    def join(self, live_id: UUID, after: int = 0) -> Any:
        """Follow a stream; returns the answer."""
        return self.ask("join", {"id": str(live_id), "after": after})

    def next(self) -> tuple[str, Any]:
        """The next pushed frame: its name and what it holds."""
        frame = self.read_until(f"42{NAMESPACE},")
        name, held = json.loads(frame.removeprefix(f"42{NAMESPACE},"))
        return name, held

    def close(self) -> None:
        """Go away."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self.socket.close()


class Poller:
    """A client that polls over HTTP, and may be upgraded in the middle of it."""

    def __init__(self, url: str, live_id: UUID) -> None:
        self._url = url
        self._at = f"{url}/socket.io/?EIO=4&transport=polling"
        self.seqs: list[int] = []
        self._headers = {"Origin": url}
        opened = requests.get(self._at, headers=self._headers, timeout=WAIT).text
        self._sid = json.loads(opened[1:])["sid"]
        self._at += f"&sid={self._sid}"
        self._post(f"40{NAMESPACE},")
        self.poll()
        self._post(f'42{NAMESPACE},1["join",{{"id":"{live_id}","after":0}}]')
        self.joined = False
        while not self.joined:
            self.poll()

    def poll(self) -> None:
        """One long poll; what came is kept."""
        answer = requests.get(self._at, headers=self._headers, timeout=WAIT)
        for packet in answer.text.split(_SEPARATOR):
            self._take(packet)

    def upgrade(self) -> Any:
        """Open the WebSocket and probe it while a poll waits; `finish` tells the server so."""
        poll = threading.Thread(target=self.poll)
        poll.start()
        time.sleep(0.1)
        line = websocket.create_connection(
            _address(self._url, self._sid), origin=self._url, timeout=WAIT
        )
        line.send("2probe")
        assert line.recv() == "3probe"
        poll.join()
        return line

    def finish(self, line: Any, until: int) -> None:
        """Complete the upgrade and read on there, up to a number."""
        line.send("5")
        while not self.seqs or self.seqs[-1] < until:
            self._take(str(line.recv()))
        line.close()

    def _post(self, packet: str) -> None:
        requests.post(self._at, data=packet, headers=self._headers, timeout=WAIT)

    def _take(self, packet: str) -> None:
        if packet.startswith(f"43{NAMESPACE},1"):
            self.joined = True
        elif packet.startswith(f"42{NAMESPACE},"):
            _, event = json.loads(packet.removeprefix(f"42{NAMESPACE},"))
            self.seqs.append(event["seq"])

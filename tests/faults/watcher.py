"""A client that follows a stream by the raw socket, so that every frame it is sent can be read."""

import contextlib
import json
import threading
import time
from typing import Any
from uuid import UUID

import websocket

CALM = 0.3


class Watcher:
    """Follows one stream from a number on; whenever the socket breaks it resumes by number."""

    kept: tuple[str, ...] = ("seq", "kind", "payload")

    def __init__(self, url: str, live_id: UUID, *, cookie: str = "") -> None:
        self._address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
        self._origin, self._cookie, self._live = url, cookie, str(live_id)
        self.frames: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.joins = 0
        self._socket: Any = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def drop(self) -> None:
        """Break the connection without a goodbye, as a network does."""
        if self._socket is not None and self._socket.sock is not None:
            with contextlib.suppress(OSError):
                self._socket.sock.shutdown(2)

    def stop(self) -> None:
        """Stop following."""
        self._over.set()
        self.drop()
        self._thread.join(timeout=10)

    def _follow(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError, websocket.WebSocketException):
                self._listen()
            time.sleep(CALM)

    def _listen(self) -> None:
        self._socket = websocket.create_connection(
            self._address,
            origin=self._origin,
            cookie=self._cookie,
            timeout=60,
            skip_utf8_validation=True,
        )
        with contextlib.closing(self._socket):
            while not self._over.is_set():
                frame = self._socket.recv()
                if not frame:
                    return
                self.frames.append(str(frame))
                self._take(str(frame))

    def _take(self, frame: str) -> None:
        after = self.events[-1]["seq"] if self.events else 0
        if frame.startswith("0{"):
            self._socket.send("40/live,")
        elif frame.startswith("40/live,"):
            self.joins += 1
            asked = json.dumps(["join", {"id": self._live, "after": after}])
            self._socket.send(f"42/live,1{asked}")
        elif frame.startswith("43/live,1"):
            answer = json.loads(frame.removeprefix("43/live,1"))[0]
            if "error" in answer:
                self.drop()
            for event in answer.get("events", ()):
                self._keep(event)
        elif frame.startswith("42/live,"):
            _, event = json.loads(frame.removeprefix("42/live,"))
            self._keep(event)
        elif frame == "2":
            self._socket.send("3")

    def _keep(self, event: dict[str, Any]) -> None:
        """Keep the next number; a gap is asked for again by joining anew."""
        after = self.events[-1]["seq"] if self.events else 0
        if event["seq"] == after + 1:
            self.events.append({name: event[name] for name in self.kept})
        elif event["seq"] > after + 1:
            self.drop()

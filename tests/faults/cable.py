"""A line between clients and several servers, cut when a test says so: in a request, or before its
answer comes.
"""

import contextlib
import itertools
import selectors
import socket
import threading
from enum import StrEnum
from urllib.parse import urlsplit

CHUNK = 1 << 16


class Cut(StrEnum):
    """Where the line breaks: the server gets half a request, or nobody gets its answer."""

    REQUEST = "request"
    ANSWER = "answer"


class Cable:
    """Takes each connection to the next server in turn that can be reached."""

    def __init__(self, *servers: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        doors = [(urlsplit(each).hostname, urlsplit(each).port) for each in servers]
        self._doors, self._count = itertools.cycle(doors), len(doors)
        self._armed: Cut | None = None
        self._guard = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, where: Cut) -> None:
        """Cut the next exchange there."""
        self._armed = where

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            server = self._reach()
            if server is None:
                return
            with server, selectors.DefaultSelector() as ready:
                ready.register(client, selectors.EVENT_READ, (server, Cut.REQUEST))
                ready.register(server, selectors.EVENT_READ, (client, Cut.ANSWER))
                while self._turn(ready):
                    pass

    def _turn(self, ready: selectors.BaseSelector) -> bool:
        """Carry what has come; false when the line is over."""
        for key, _ in ready.select():
            to, kind = key.data
            came = key.fileobj.recv(CHUNK)  # type: ignore[union-attr]
            if self._strikes(kind):
                to.sendall(came[: len(came) // 2] if kind is Cut.REQUEST else b"")
                return False
            if not came:
                return False
            to.sendall(came)
        return True

    def _strikes(self, kind: Cut) -> bool:
        with self._guard:
            if self._armed is not kind:
                return False
            self._armed = None
            return True

    def _reach(self) -> socket.socket | None:
        for _ in range(self._count):
            with self._guard:
                door = next(self._doors)
            with contextlib.suppress(OSError):
                return socket.create_connection(door, timeout=5)
        return None

"""The writing end of a WebSocket: whole frames leave in order, and nobody waits for a slow reader.

Everything written to a client passes here, by whomever: broadcasts, answers, pings and closes. One
hub runs them all and no call yields, so a frame is never torn and two are never mixed. The bare
library writes once and forgets what the kernel did not take.
"""

import contextlib
import socket
import struct
from collections import deque
from collections.abc import Iterable, Sized
from typing import Any

import gevent
import simple_websocket
from engineio.async_drivers.gevent import WebSocketWSGI

BACKLOG = 1 << 20
FAREWELL_SECONDS = 5.0
MOST_UNREAD, BREATH_SECONDS = 16, 0.02
_TEXT = 0x81  # final frame, text; a server never masks
_SHORT, _MEDIUM = 125, 0xFFFF
_NOT_READY: tuple[Sized, None] = ((), None)


def text_frame(text: str) -> bytes:
    """A whole WebSocket text message as a server sends it, uncompressed (RFC 6455, 5.2)."""
    data = text.encode()
    size = len(data)
    if size <= _SHORT:
        return struct.pack("!BB", _TEXT, size) + data
    if size <= _MEDIUM:
        return struct.pack("!BBH", _TEXT, 126, size) + data
    return struct.pack("!BBQ", _TEXT, 127, size) + data


class Wire:
    """A gevent socket that takes all it is given; what cannot leave at once waits its turn.

    A client whose backlog has passed `bound` bytes is dropped: it comes back and resumes by number.
    One answer alone may be larger than the bound.
    """

    def __init__(self, sock: Any, *, bound: int = BACKLOG) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        # The socket below gevent's: a write that must not wait needs nothing of the hub.
        self._write = sock._sock.send
        self._bound = bound
        self._waiting: deque[memoryview] = deque()
        self._backlog = 0
        self.is_open = True
        self.unread: Sized = ()

    @property
    def backlog(self) -> int:
        """Bytes that wait for the reader."""
        return self._backlog

    def send(self, data: bytes) -> int:
        """Take whole frames; never waits, never raises. Returns their length."""
        if not self.is_open:
            return len(data)
        sent = 0
        if not self._backlog:
            try:
                sent = self._write(data)
            except BlockingIOError:
                pass
            except OSError:
                self.drop()
                return len(data)
        if sent < len(data):
            self._keep(memoryview(data)[sent:])
        return len(data)

    def recv(self, size: int) -> bytes:
        """What the client sent, once what it sent before has been seen to."""
        while self.is_open and len(self.unread) > MOST_UNREAD:
            gevent.sleep(BREATH_SECONDS)
        found: bytes = self._sock.recv(size)
        return found

    def finish(self) -> None:
        """The last frame is given: nothing more is taken, and who does not answer is dropped."""
        self.is_open = False
        gevent.spawn_later(FAREWELL_SECONDS, self.drop)

    def drop(self) -> None:
        """Cut the line; its reader finds out at once."""
        self.is_open = False
        self._forget()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The reader has ended."""
        self.is_open = False
        self._forget()
        self._sock.close()

    def _keep(self, rest: memoryview) -> None:
        if self._backlog > self._bound:
            self.drop()
            return
        self._waiting.append(rest)
        self._backlog += len(rest)
        if len(self._waiting) == 1:
            gevent.spawn(self._flush)

    def _flush(self) -> None:
        while self._waiting:
            piece = self._waiting[0]
            try:
                sent = self._sock.send(piece)
            except OSError:
                self.drop()
                return
            if not self._waiting:
                return
            self._backlog -= sent
            if sent == len(piece):
                self._waiting.popleft()
            else:
                self._waiting[0] = piece[sent:]

    def _forget(self) -> None:
        self._waiting.clear()
        self._backlog = 0


class _Line(simple_websocket.Server):  # type: ignore[misc]
    """A WebSocket on a wire; a peer that does not answer its close is not waited for."""

    sock: Wire

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        super().close(reason, message)
        self.sock.finish()


class Lines:
    """The wires of one process by their engine.io session, and the transport that makes them.

    Each with what engine.io still has to write to that client, which comes first.
    """

    def __init__(self, engine: Any, *, longest: int) -> None:
        self._ready: dict[str, tuple[Sized, Wire]] = {}
        self._longest = longest
        lines = self

        class Transport(WebSocketWSGI):  # type: ignore[misc]
            """engine.io's WebSocket, its frames leaving through a wire."""

            wire: Wire | None = None

            def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
                if "gunicorn.socket" not in environ:
                    return super().__call__(environ, start_response)
                self.wire = Wire(environ["gunicorn.socket"])
                self.ws = lines._accept(environ, self.wire, self.server_args)
                try:
                    self.app(self)
                finally:
                    lines._ready.pop(self.app.__self__.sid, None)
                # gunicorn takes it that the connection was seen to.
                raise StopIteration

            def wait(self) -> Any:
                """The next message; whoever is waited for on a WebSocket may be written to."""
                client = self.app.__self__
                if client.upgraded and self.wire is not None:
                    lines._ready[client.sid] = (client.queue.queue, self.wire)
                return super().wait()

        # The drivers' table is one for the process: only this server's entry is changed.
        engine._async = {**engine._async, "websocket": Transport}

    def send(self, eio_sids: Iterable[str], frames: bytes) -> list[str]:
        """Write to all that wait for nothing else; returns those who must take the stock path."""
        others = []
        for eio_sid in eio_sids:
            queue, wire = self._ready.get(eio_sid, _NOT_READY)
            if wire is None or queue:
                others.append(eio_sid)
            else:
                wire.send(frames)
        return others

    def drop(self, eio_sid: str) -> bool:
        """Cut a client's line; False when it has none of ours."""
        _, wire = self._ready.get(eio_sid, _NOT_READY)
        if wire is None:
            return False
        wire.drop()
        return True

    def _accept(self, environ: dict[str, Any], wire: Wire, options: dict[str, Any]) -> _Line:
        # Not offered, compression is not agreed upon: one frame then fits all.
        told = {
            name: value
            for name, value in environ.items()
            if name != "HTTP_SEC_WEBSOCKET_EXTENSIONS"
        }
        told["gunicorn.socket"] = wire
        line = _Line(told, max_message_size=self._longest, **options)
        wire.unread = line.input_buffer
        return line

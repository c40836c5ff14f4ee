"""What holds a flood off: buckets by client and by address, in front of everything else.

Who asks too often is told so and asks again later; who goes on regardless is cut off. Neither
costs the others more than the reading of it.
"""

from typing import Any

from kernel.settings import Settings
from kernel.sockets.rates import Buckets, Rate
from kernel.sockets.wire import Lines

# A page says a few words a minute; engine.io's own pings and answers count too.
MESSAGES = Rate(burst=200, per_second=20)
EVENTS = Rate(burst=60, per_second=2)


class Gate:
    """Stands before the messages of one server."""

    def __init__(self, server: Any, lines: Lines, settings: Settings) -> None:
        engine = server.eio
        self._engine, self._lines = engine, lines
        self._proxies = {each for each in settings.trusted_proxies.split(",") if each}
        by_address = Rate(settings.live_address_burst, settings.live_address_rate)
        self._messages, self._events = Buckets(MESSAGES), Buckets(EVENTS)
        self._addresses = Buckets(by_address)
        self._connect = engine.handlers["connect"]
        self._message = engine.handlers["message"]
        self._disconnect = engine.handlers["disconnect"]
        engine.on("connect", self._connected)
        engine.on("message", self._heard)
        engine.on("disconnect", self._gone)

    def admits(self, sid: str, peer: str, forwarded: str) -> bool:
        """Whether a client may be heard with an event now; counts it."""
        return self._events.take(sid) and self._addresses.take(self._address(peer, forwarded))

    def forget(self, sid: str) -> None:
        """The client is gone."""
        self._events.forget(sid)

    def _address(self, peer: str, forwarded: str) -> str:
        """Whence a request comes; a trusted proxy's last word about it is believed."""
        if peer not in self._proxies:
            return peer
        return forwarded.rpartition(",")[2].strip() or peer

    def _connected(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        peer, told = (str(environ.get(n, "")) for n in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"))
        if not self._addresses.take(self._address(peer, told)):
            return False
        return self._connect(eio_sid, environ)

    def _heard(self, eio_sid: str, data: Any) -> Any:
        if self._messages.take(eio_sid):
            return self._message(eio_sid, data)
        if not self._lines.drop(eio_sid) and eio_sid in self._engine.sockets:
            self._engine.sockets[eio_sid].close(wait=False, abort=True)
        return None

    def _gone(self, eio_sid: str, *reason: Any) -> Any:
        self._messages.forget(eio_sid)
        return self._disconnect(eio_sid, *reason)

"""A connection to the database that only listens; waiting for a notice costs nothing."""

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

import psycopg
from gevent.socket import wait_read
from psycopg.sql import SQL, Identifier

AT_ONCE = 1000

Heard = tuple[str, str]
"""A notice: its channel and its text."""


class Ear:
    """Hears the named channels until closed, or until the connection breaks (OperationalError)."""

    def __init__(self, url: str, channels: Sequence[str]) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        for channel in channels:
            self._connection.execute(SQL("LISTEN {}").format(Identifier(channel)))

    def __enter__(self) -> "Ear":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def hear(self, seconds: float) -> list[Heard]:
        """All that has come, in order, as soon as something has; nothing after so long a silence.

        psycopg's own waiting wakes ten times a second and asks for a transaction's worth of turns.
        """
        line = self._connection.pgconn
        with suppress(TimeoutError):
            wait_read(line.socket, timeout=seconds)
        heard: list[Heard] = []
        while len(heard) < AT_ONCE:
            line.consume_input()
            fresh = list(iter(line.notifies, None))
            if not fresh:
                break
            heard += [(each.relname.decode(), each.extra.decode()) for each in fresh]
        return heard

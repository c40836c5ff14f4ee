"""Waiting in a web process for one key that the database tells of, without a transaction.

An answer is kept open and a short line is written whenever the key was told, and at a steady pace
besides. Whoever shows the key hears of it; nobody else gets a byte because of it.
"""

import logging
import threading
from collections.abc import Iterator
from typing import Final

from kernel.faults import described
from kernel.pure.errors import Refused
from kernel.sockets.ear import Ear

LOG = logging.getLogger("sunbid.waits")
BEAT_SECONDS: Final = 15.0
LINES: Final = 20
"""An answer ends after so many lines, and is asked for anew under a fresh signature."""
MOST_OF_KEY: Final = 8
MOST: Final = 5000
LINE: Final = b"\n"


class Wait:
    """One open answer: its first line says that it waits, each further one to look again."""

    def __init__(self, waits: "Waits", key: str) -> None:
        self._waits, self.key = waits, key
        self._bell = threading.Event()
        self._left = LINES

    def ring(self) -> None:
        """The key was told."""
        self._bell.set()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._left == 0:
            raise StopIteration
        if self._left < LINES:
            self._bell.wait(BEAT_SECONDS)
            self._bell.clear()
        self._left -= 1
        return LINE

    def close(self) -> None:
        """The answer has ended, or its reader is gone."""
        self._waits.forget(self)


class Waits:
    """The waits of one web process for keys told on one channel of NOTIFY."""

    def __init__(self, url: str, channel: str) -> None:
        self._url, self._channel = url, channel
        self._lock = threading.Lock()
        self._of: dict[str, set[Wait]] = {}
        self._count = 0
        self._listens = False
        self._ready = threading.Event()

    def open(self, key: str) -> Wait:
        """A wait for `key`, heard from now on. Refuses WEB-1105: too many at once."""
        self._listen()
        wait = Wait(self, key)
        with self._lock:
            waiting = self._of.setdefault(key, set())
            if len(waiting) >= MOST_OF_KEY or self._count >= MOST:
                raise Refused("WEB-1105")
            waiting.add(wait)
            self._count += 1
        return wait

    def forget(self, wait: Wait) -> None:
        """The wait is over; again does nothing."""
        with self._lock:
            waiting = self._of.get(wait.key, set())
            if wait in waiting:
                waiting.remove(wait)
                self._count -= 1
            if not waiting:
                self._of.pop(wait.key, None)

    def _listen(self) -> None:
        with self._lock:
            begin, self._listens = not self._listens, True
        if begin:
            threading.Thread(target=self._hear, name="waits", daemon=True).start()
        self._ready.wait(BEAT_SECONDS)

    def _hear(self) -> None:
        """Listen for ever; after any fault reconnect, and have everybody look."""
        while True:
            try:
                with Ear(self._url, (self._channel,)) as ear:
                    self._ready.set()
                    self._ring(None)
                    while True:
                        told = {text for _, text in ear.hear(BEAT_SECONDS)}
                        if told:
                            self._ring(told)
            except Exception as error:  # noqa: BLE001 - listening must not end
                LOG.error("listening broke; reconnecting\n%s", described(error))
            threading.Event().wait(1)

    def _ring(self, keys: set[str] | None) -> None:
        with self._lock:
            found = [
                wait
                for key, waiting in self._of.items()
                if keys is None or key in keys
                for wait in waiting
            ]
        for wait in found:
            wait.ring()

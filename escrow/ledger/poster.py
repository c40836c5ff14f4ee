"""Group commit: one worker posts the journals of many clients; each waits until it is durable.

While one batch commits the next gathers, and waits a moment for as many as the last one had: a
crowd shares a commit, a lone client waits for nobody. Keys make it safe to try again.
"""

import queue
import threading
import time
from concurrent.futures import Future
from typing import Final, Self

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from escrow.ledger.actions import Posted, PostingError, post_many
from escrow.ledger.rules import Journal
from kernel.db import Database

MOST: Final = 500
PAUSE_SECONDS: Final = 0.2
GATHER_SECONDS: Final = 0.002
_Asked = tuple[Journal, Future[Posted]]


class Poster:
    """Posts what its clients hand in; a context manager that ends with an empty queue."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue = queue.SimpleQueue[_Asked | None]()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="poster", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._queue.put(None)
        self._thread.join()

    def post(self, journal: Journal, *, seconds: float = 30) -> Posted:
        """Post once and wait until it is durable.

        Raises PostingError for a journal the ledger refuses, TimeoutError when nothing is known
        yet: the same journal may be handed in again.
        """
        answer = Future[Posted]()
        self._queue.put((journal, answer))
        return answer.result(timeout=seconds)

    def _work(self) -> None:
        crowd = 1
        while not (self._ended.is_set() and self._queue.empty()):
            first = self._queue.get()
            if first is not None:
                batch = [first, *self._gathered(crowd - 1)]
                crowd = len(batch)
                self._post(batch)

    def _gathered(self, expected: int) -> list[_Asked]:
        """What waits; as long as it is fewer than expected, what comes within a moment."""
        found = list[_Asked]()
        end = time.monotonic() + GATHER_SECONDS
        while len(found) < MOST - 1:
            left = end - time.monotonic() if len(found) < expected else 0.0
            try:
                one = self._queue.get(block=left > 0, timeout=max(left, 0.0))
            except queue.Empty:
                break
            if one is not None:
                found.append(one)
        return found

    def _post(self, batch: list[_Asked]) -> None:
        """Post all of them; what refuses the batch is posted alone, so that it sinks no other."""
        try:
            answers = self._posted([journal for journal, _ in batch])
        except PostingError as refused:
            suspects = [one for one in batch if one[0].key == refused.key] or batch
            self._apart(batch, suspects, refused)
        except Exception as error:  # noqa: BLE001 - whatever it is, its client is told, nobody else
            self._apart(batch, batch, error)
        else:
            for (_, answer), posted in zip(batch, answers, strict=True):
                answer.set_result(posted)

    def _apart(self, batch: list[_Asked], suspects: list[_Asked], error: Exception) -> None:
        if len(batch) == 1:
            batch[0][1].set_exception(error)
            return
        others = [one for one in batch if one not in suspects]
        if others:
            self._post(others)
        for one in suspects:
            self._post([one])

    def _posted(self, journals: list[Journal]) -> tuple[Posted, ...]:
        """Try again while the database is away; ends with its error when the poster ends."""
        while True:
            try:
                with self._database.writing() as session:
                    return post_many(session, journals)
            except (OperationalError, InterfaceError) as error:
                if not _is_away(error) or self._ended.wait(PAUSE_SECONDS):
                    raise


def _is_away(error: DBAPIError) -> bool:
    """Whether the server was lost, rather than asked for something it refused."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(("57P", "08"))

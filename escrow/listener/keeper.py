"""Keeps what arrived: several messages in one commit, and an answer to each only after it.

One thread speaks to the database. While it commits, the next messages gather: under load one commit
serves many, alone a message waits for nobody.
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from escrow.banks.inbox import Arrived, keep_arrived
from escrow.banks.terms import Terms
from escrow.listener import ring
from escrow.listener.ring import Ring
from kernel.db import Database
from kernel.faults import described
from kernel.pure.errors import Refused

LOG = logging.getLogger("sunbid.listener")
RING_EVERY: Final = 1.0
RING_AGAIN: Final = 0.2
REMEMBERED: Final = 50_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message on its way into the inbox; `done` tells whether its id was new."""

    arrived: Arrived
    done: "asyncio.Future[bool]"


class Keeper:
    """The listener's one way to the database."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self.ring = Ring()
        self._database = database
        self._terms = terms
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._news = asyncio.Event()
        self._reading = asyncio.Lock()
        self._kept: OrderedDict[tuple[UUID, str], bytes] = OrderedDict()

    async def take(self, check: Callable[[Ring], Arrived]) -> bool:
        """Check a message and keep it; whether its id was new. Refuses as `check`, and ESC-2106.

        What is refused is checked once more under keys read anew: a bank may have changed its own.
        """
        try:
            arrived = check(self.ring)
        except Refused as refused:
            if refused.code == "ESC-2101":
                raise
            # Many refused at once share one look, and strangers are answered slowly.
            await asyncio.sleep(max(0.0, RING_AGAIN - self.ring.age))
            await self.renew()
            arrived = check(self.ring)
        digest = hashlib.sha256(arrived.raw).digest()
        if self._kept.get((arrived.bank_id, arrived.event_id)) == digest:
            # Committed a moment ago in these very bytes: there is nothing left to keep.
            return False
        new = await self._keep(arrived)
        self._remember(arrived, digest)
        return new

    async def renew(self) -> None:
        """Read the ring, unless somebody did so while we waited; the old one holds meanwhile."""
        before = self.ring
        async with self._reading:
            if self.ring is not before:
                return
            try:
                self.ring = await self._in_thread(partial(ring.read, self._database))
            except SQLAlchemyError as error:
                LOG.warning("the keys of the banks cannot be read: %s", type(error).__name__)

    async def run(self) -> None:
        """Commit what waits and renew the ring, for ever."""
        await asyncio.gather(self._renew_for_ever(), self._commit_for_ever())

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._thread.shutdown()

    async def _keep(self, arrived: Arrived) -> bool:
        if self._bytes + len(arrived.raw) > self._terms.most_waiting_bytes:
            raise Refused("ESC-2106")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(arrived, done))
        self._bytes += len(arrived.raw)
        self._news.set()
        try:
            return await done
        finally:
            self._bytes -= len(arrived.raw)

    async def _renew_for_ever(self) -> None:
        while True:
            await self.renew()
            await asyncio.sleep(RING_EVERY)

    async def _commit_for_ever(self) -> None:
        most = self._terms.most_in_commit
        while True:
            await self._news.wait()
            batch, self._waiting = self._waiting[:most], self._waiting[most:]
            if not self._waiting:
                self._news.clear()
            await self._settle(batch)

    async def _settle(self, batch: Sequence[Waiting]) -> None:
        """Commit a batch; one that cannot be committed is tried message by message."""
        try:
            found = await self._in_thread(partial(self._commit, [one.arrived for one in batch]))
        except SQLAlchemyError as error:
            lost = isinstance(error, DBAPIError) and error.connection_invalidated
            if len(batch) > 1 and not lost:
                for one in batch:
                    await self._settle([one])
                return
            LOG.warning("messages cannot be kept: %s", described(error))
            for one in batch:
                if not one.done.done():
                    one.done.set_exception(Refused("ESC-2106"))
            return
        for one, new in zip(batch, found, strict=True):
            if not one.done.done():
                one.done.set_result(new)

    def _commit(self, arrived: Sequence[Arrived]) -> tuple[bool, ...]:
        key = self.ring.sealing_key
        assert key is not None
        with self._database.writing() as session:
            return keep_arrived(session, arrived, sealing_key=key)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _remember(self, arrived: Arrived, digest: bytes) -> None:
        # Under a known id with other bytes the first ones count, which are not known here.
        if (arrived.bank_id, arrived.event_id) not in self._kept:
            self._kept[arrived.bank_id, arrived.event_id] = digest
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

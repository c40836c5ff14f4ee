"""Listener and worker as processes that are cheap to start again, and a bank that only pushes.

They are forked, so that a killed one is back in a moment; what runs in them is the product's own.
"""

import asyncio
import http.client
import multiprocessing
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

import migrations
from escrow import public
from escrow.banks import rounds
from escrow.banks.simulator import wire
from escrow.banks.webhooks import sign
from escrow.bench._pushes import booking
from escrow.deposits.actions import open_sub_accounts
from escrow.ledger.models import Bank
from escrow.listener.doors import Listener
from kernel import clock, postgres
from kernel.house import House
from kernel.ids import new_id
from kernel.settings import Settings
from tests.escrow.conftest import Simulator

FORK = multiprocessing.get_context("fork")
PUSHER = "pusher"
MASTER = "3301040112345678901"


def founded(settings: Settings) -> House:
    """A migrated database of a demonstration, its worker's key made known."""
    migrations.upgrade(settings.database_url)
    house = House.open(settings, pool_size=2)
    with house.database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    rounds.publish_key(house)
    return house


def enrolled(house: House, enrolments: list[dict[str, Any]]) -> "Pusher":
    """The first of the simulator's banks, and one that nobody can ask."""
    pusher = Pusher(Ed25519PrivateKey.generate(), house.settings.listener_url)
    told = {
        "code": PUSHER,
        "name": "推送银行",
        "adapter": "iso20022",
        "base_url": "http://127.0.0.1:1",
        "master_number": MASTER,
        "master_name": "保证金专户",
        "key_id": "k1",
        "public_key": pusher.key.public_key().public_bytes_raw().hex(),
    }
    with house.database.writing() as session:
        for one in (enrolments[0], told):
            public.register_bank(session, enrolment=one, now=clock.legal_now(session))
        bank = session.scalars(select(Bank).where(Bank.code == PUSHER)).one()
        open_sub_accounts(session, bank, [f"6299{index}" for index in range(4)])
    return pusher


def listener(settings: Settings) -> None:
    """The listener, until killed."""
    asyncio.run(Listener(settings).serve(asyncio.Event()))


def worker(settings: Settings) -> None:
    """The worker's rounds of the banks, one after the other, until killed."""
    house = House.open(settings, pool_size=2)
    while True:
        try:
            _turn(house)
        except DBAPIError:
            # As in the worker itself: a turn that failed is followed by the next.
            time.sleep(0.05)


def _turn(house: House) -> None:
    for bank_id in rounds.bank_ids(house):
        rounds.poll_bank(house, bank_id)
        rounds.fill_bank(house, bank_id)
    while rounds.read_waiting(house) or rounds.compare_one(house):
        pass
    for refund_id in rounds.waiting_refunds(house):
        rounds.advance_refund(house, refund_id)
    time.sleep(0.02)


class Stop:
    """A lock that lets everybody read a table and nobody write to it."""

    def __init__(self, url: str, table: str) -> None:
        self._url = url
        self._table = table
        self._hand = psycopg.connect(url)
        self._hand.execute(f"LOCK TABLE {table} IN SHARE MODE")

    def wait(self) -> None:
        """Return when somebody wants to write."""
        waiting = (
            "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
            " AND mode = 'RowExclusiveLock'"
        )
        with psycopg.connect(self._url, autocommit=True) as eyes:
            until(lambda: eyes.execute(waiting, (self._table,)).fetchone() is not None)

    def go_on(self) -> None:
        """Let them write; a lock that went with its server is gone already."""
        with suppress(psycopg.OperationalError):
            self._hand.close()


@dataclass(frozen=True, slots=True)
class Place:
    """A platform on a server of its own, its processes, and its banks."""

    server: postgres.Server
    house: House
    bank: Simulator
    pusher: "Pusher"
    running: dict[str, BaseProcess] = field(default_factory=dict)

    @contextmanager
    def processes(self) -> Iterator[None]:
        """Listener and worker for the length of a block."""
        try:
            for name in PROCESSES:
                self._start(name)
            yield
        finally:
            for child in self.running.values():
                child.kill()
                child.join()

    def kill(self, what: str, *, or_else: str) -> None:
        """End the server under all without a goodbye, or else this process; it comes back."""
        if what == "postgres":
            self.server.kill()
            self.server.start()
            return
        child = self.running[or_else]
        child.kill()
        child.join()
        self._start(or_else)

    @contextmanager
    def stopping(self, table: str, *, at_bank: bool = False) -> Iterator[Stop]:
        """Whoever comes to this table waits there until the block ends."""
        settings = self.house.settings
        stop = Stop(settings.simulator_database_url if at_bank else settings.database_url, table)
        try:
            yield stop
        finally:
            stop.go_on()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds, a database that is just coming back notwithstanding."""

        def comes() -> bool:
            with suppress(DBAPIError):
                return holds()
            return False

        until(comes)

    def _start(self, name: str) -> None:
        made = FORK.Process(target=PROCESSES[name], args=(self.house.settings,))
        made.start()
        self.running[name] = made


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come to hold"
        time.sleep(0.02)


PROCESSES = {"listener": listener, "worker": worker}


@dataclass(frozen=True, slots=True)
class Pusher:
    """A bank that pushes a booking until it is acknowledged."""

    key: Ed25519PrivateKey
    url: str

    def until_acknowledged(self, ref: str, number: str, fen: int) -> None:
        """The same bytes again and again, each time signed for its moment."""
        at = datetime.now(UTC)
        raw = wire.notice(booking(1, ref, number, fen, at), master=MASTER)
        send = partial(self._send, ref, raw)
        end = time.monotonic() + 60
        while not send():
            assert time.monotonic() < end, f"{ref} was never acknowledged"
            time.sleep(0.05)

    def _send(self, ref: str, raw: bytes) -> bool:
        where = urllib.parse.urlsplit(self.url)
        headers = sign(self.key, message_id=ref, at=datetime.now(UTC), raw=raw)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=5)
        try:
            connection.request("POST", f"/bank-callbacks/{PUSHER}", raw, headers)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

"""Banks' callbacks as they come on a busy day: 300 a second, a third repeated, out of order.

Listener and worker run as they do in an installation, the banks' side in this process: all of it
shares one machine. A push's time counts from the moment at which it was due, not sent.
"""

import asyncio
import random
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

import migrations
from escrow.banks import rounds
from escrow.banks.actions import register_bank
from escrow.banks.gateways import our_line_key
from escrow.banks.models import Inbox, InboxRepeat
from escrow.banks.rules import InboxState
from escrow.bench._pushes import Push, PushingBank, banks, pour, rain
from escrow.bookings.models import BankEntry
from escrow.deposits.actions import claim, open_sub_accounts
from escrow.ledger.models import Bank, JournalRow
from escrow.ledger.queries import disagreements
from kernel import clock, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.clock import clock_timestamp, legal_now
from kernel.house import House
from kernel.ids import new_id
from kernel.settings import Settings

PER_SECOND = 300
SECONDS = 20
REPEATED = 0.3
SUBS = 50
MASTER = "3301040112345678901"
FIRST_PORT = 18_300
PATIENCE = 600.0
ROOT = Path(__file__).resolve().parents[2]


def measure(bench: Bench) -> list[Figure]:
    """How long an acknowledgement takes, what was lost, what was booked twice, how fast booked."""
    house, chosen = _founded(bench)
    numbers = {one.code: _claimed(house, one) for one in chosen}
    with running(house, "escrow.listener"), running(house, "trading.worker"):
        _until_it_listens(house)
        falling = _made(house, chosen, numbers)
        began = time.monotonic()
        took = sorted(asyncio.run(pour(falling, _doors(house), per_second=PER_SECOND)))
        told = {(push.bank, push.ref) for push in falling}
        lost, doubled = _settled(house, told)
        rate = len(told) / (time.monotonic() - began)
    house.database.dispose()
    p99 = took[int(len(took) * 0.99)] * 1000
    name = f"of {len(falling)} callbacks at {PER_SECOND}/s over {len(chosen)} banks"
    nothing = Bar(Side.AT_MOST, 0, on_ratio=False)
    return [
        Figure(f"acknowledged {name}, p99", p99, "ms", Bar(Side.AT_MOST, 100, on_ratio=False)),
        Figure(f"lost {name}", lost, "messages", nothing),
        Figure(f"booked twice {name}", doubled, "bookings", nothing),
        Figure("booked by the worker meanwhile", rate, "1/s", Bar(Side.AT_LEAST, 50, False)),
    ]


@contextmanager
def running(house: House, module: str) -> Iterator[None]:
    """A process of the installation for the length of a block."""
    environment = {**house.settings.environment(), "PYTHONPATH": str(ROOT)}
    log = house.settings.state_dir / f"{module}.log"
    with log.open("ab") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, env=environment, stdout=words, stderr=words
        )
    try:
        yield
        assert process.poll() is None, log.read_text("utf-8")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _founded(bench: Bench) -> tuple[House, tuple[PushingBank, ...]]:
    """A database that forgets nothing, with one bank of each dialect that pushes."""
    postgres.create_database(bench.server.url(), "callbacks")
    lines = ",".join(
        f"{dialect}=tcp://127.0.0.1:{FIRST_PORT + index}"
        for index, dialect in enumerate(("jiangsu", "prefix12"), start=1)
    )
    settings = Settings(
        database_url=bench.server.url("callbacks"),
        state_dir=bench.work,
        listener_database_url=bench.server.url("callbacks", user="sunbid_listener"),
        listener_url=f"http://127.0.0.1:{FIRST_PORT}",
        listener_lines=lines,
    )
    migrations.upgrade(settings.database_url)
    house = House.open(settings, pool_size=2)
    chosen = banks(MASTER, our_line_key(house.keys).public)
    with house.database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
        for one in chosen:
            told = {
                "code": one.code,
                "name": one.code,
                "adapter": one.code,
                # Nobody answers there: what the worker asks its banks costs what it always costs.
                "base_url": f"{'tcp' if one.code in settings.lines else 'http'}://127.0.0.1:1",
                "master_number": MASTER,
                "master_name": "保证金专户",
                "key_id": "k1",
                "public_key": one.public_key.hex(),
            }
            register_bank(session, enrolment=told, now=legal_now(session) - timedelta(days=1))
    rounds.publish_key(house)
    return house, chosen


def _claimed(house: House, bank: PushingBank) -> list[str]:
    with house.database.writing() as session:
        row = session.scalars(select(Bank).where(Bank.code == bank.code)).one()
        start = 62 * 10**12 + int.from_bytes(row.id.bytes[-4:], "big") * 1000
        open_sub_accounts(session, row, [str(start + index) for index in range(SUBS)])
        now = legal_now(session)
        return [claim(session, bank=bank.code, now=now).number for _ in range(SUBS)]


def _made(
    house: House, chosen: tuple[PushingBank, ...], numbers: dict[str, list[str]]
) -> list[Push]:
    with house.database.reading() as session:
        # Signed before they are sent, as everything here must fall within the window.
        at = clock_timestamp(session)
    made = rain(
        chosen,
        numbers,
        count=PER_SECOND * SECONDS,
        repeated=REPEATED,
        at=at,
        chance=random.Random(5),  # noqa: S311 - an order, no secret
    )
    return list(made)


def _doors(house: House) -> dict[str, tuple[str, int]]:
    settings = house.settings
    told = {"iso20022": settings.listener_url, "sm_json": settings.listener_url, **settings.lines}
    split = {code: urllib.parse.urlsplit(url) for code, url in told.items()}
    return {code: (url.hostname or "", url.port or 0) for code, url in split.items()}


def _until_it_listens(house: House) -> None:
    async def tries() -> None:
        for host, port in set(_doors(house).values()):
            while True:
                try:
                    _, writer = await asyncio.open_connection(host, port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                break

    asyncio.run(asyncio.wait_for(tries(), 60))


@dataclass(frozen=True, slots=True)
class _Kept:
    """What inbox and ledger hold."""

    waiting: int
    read: int
    booked: list[tuple[str, str]]
    journals: int


def _kept(house: House) -> _Kept:
    with house.database.reading() as session:
        states = dict(
            session.execute(select(Inbox.state, func.count(Inbox.id)).group_by(Inbox.state)).all()
        )
        repeats = session.scalar(select(func.count(InboxRepeat.id))) or 0
        entries = select(Bank.code, BankEntry.bank_ref).join(Bank, Bank.id == BankEntry.bank_id)
        return _Kept(
            waiting=states.get(InboxState.RECEIVED, 0) + repeats,
            read=states.get(InboxState.DONE, 0),
            booked=[(code, ref) for code, ref in session.execute(entries)],
            journals=session.scalar(select(func.count(JournalRow.id))) or 0,
        )


def _settled(house: House, told: set[tuple[str, str]]) -> tuple[int, int]:
    """Messages lost and bookings doubled, once the worker has nothing left to read."""
    end = time.monotonic() + PATIENCE
    while (kept := _kept(house)).waiting:
        assert time.monotonic() < end, f"{kept.waiting} messages are still unread"
        time.sleep(0.2)
    with house.database.reading() as session:
        assert disagreements(session) == []
    lost = len(told - set(kept.booked)) + max(0, len(told) - kept.read)
    return lost, max(len(kept.booked), kept.journals) - len(told)

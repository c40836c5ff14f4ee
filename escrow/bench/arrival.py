"""From a bank's booking to the holder's page: how long until his page is told to look.

Simulator, listener and worker run as in an installation. The bank books a payment, pushes it over
HTTP or its line, the listener keeps it, the worker books it, and the database tells the page's
stream; what the page then asks is one request.
"""

import http.client
import json
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select

import migrations
from escrow.banks import rounds
from escrow.banks.actions import register_bank
from escrow.banks.gateways import our_line_key
from escrow.banks.reaching import reach
from escrow.bench.callbacks import running
from escrow.bookings.models import SubAccount
from escrow.deposits.actions import claim, open_sub_accounts
from escrow.ledger.models import Bank
from kernel import clock, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.clock import legal_now
from kernel.house import House
from kernel.ids import new_id
from kernel.settings import Settings

PAYMENTS = 11
"""At each bank."""
FIRST_PORT = 18_310
PUSHING = ("iso20022", "jiangsu", "prefix12", "sm_json")
PAYER = {"name": "霁川交通规划设计研究院有限公司", "account": "33010401", "kind": "basic"}
PATIENCE = 30.0


def measure(bench: Bench) -> list[Figure]:
    """The slowest and the middle of some payments at each bank that pushes."""
    house = _founded(bench)
    with ExitStack() as stack:
        stack.enter_context(running(house, "escrow.banks.simulator"))
        stack.enter_context(running(house, "escrow.listener"))
        banks = _enrolled(house)
        stack.enter_context(running(house, "trading.worker"))
        # The first of each bank waits for the worker to start.
        took = sorted(list(_waits(house, banks))[len(banks) :])
    house.database.dispose()
    told = f"of {len(took)} payments at {len(banks)} banks, booking to the holder's page told"
    bar = Bar(Side.AT_MOST, 2, on_ratio=False)
    return [
        Figure(f"slowest {told}", took[-1], "s", bar),
        Figure(f"median {told}", took[len(took) // 2], "s", bar),
    ]


def _founded(bench: Bench) -> House:
    for name in ("arrival", "arrival_banks"):
        postgres.create_database(bench.server.url(), name)
    lines = ("jiangsu", "prefix12")
    settings = Settings(
        database_url=bench.server.url("arrival"),
        state_dir=bench.work,
        simulator_database_url=bench.server.url("arrival_banks"),
        # Nobody serves pages here; the banks keep their own time.
        public_url=f"http://127.0.0.1:{FIRST_PORT}",
        bank_url=f"http://127.0.0.1:{FIRST_PORT + 1}",
        listener_url=f"http://127.0.0.1:{FIRST_PORT + 2}",
        listener_lines=",".join(
            f"{one}=tcp://127.0.0.1:{FIRST_PORT + 3 + index}" for index, one in enumerate(lines)
        ),
    )
    migrations.upgrade(settings.database_url)
    own = bench.server.url("arrival", user="sunbid_listener")
    house = House.open(replace(settings, listener_database_url=own), pool_size=2)
    with house.database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    rounds.publish_key(house)
    return house


def _enrolled(house: House) -> list[str]:
    """The simulator's banks that push, and a payer; their codes."""
    enrolments = _once_they_answer(house)
    _ask(house, "PUT", "/api/partner", {"sm2": our_line_key(house.keys).public.hex()})
    _ask(house, "PUT", "/api/payers", [{**PAYER, "balance_fen": 10**12}])
    chosen = [one for one in enrolments if one["adapter"] in PUSHING]
    with house.database.writing() as session:
        for one in chosen:
            register_bank(session, enrolment=one, now=legal_now(session))
    for bank_id in rounds.bank_ids(house):
        _fill(house, bank_id)
    return [one["code"] for one in chosen]


def _once_they_answer(house: House) -> list[dict[str, Any]]:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            found: list[dict[str, Any]] = _ask(house, "GET", "/api/enrolments")
        except OSError:
            assert time.monotonic() < end, "the banks do not answer"
            time.sleep(0.1)
        else:
            return found


def _fill(house: House, bank_id: UUID) -> None:
    """A few numbers, opened by the bank itself."""
    with house.database.reading() as session:
        bank = session.get_one(Bank, bank_id)
        gateway = reach(session, bank, house.keys)
    numbers = gateway.open_sub_accounts(PAYMENTS)
    with house.database.writing() as session:
        open_sub_accounts(session, session.get_one(Bank, bank_id), numbers)


def _waits(house: House, banks: list[str]) -> Iterator[float]:
    """Seconds from each booking to what its holder's stream is told."""
    with psycopg.connect(house.settings.database_url, autocommit=True) as ear:
        ear.execute("LISTEN deposit")
        for _ in range(PAYMENTS):
            for code in banks:
                number, key = _claimed(house, code)
                told = {"payer_account": PAYER["account"], "sub_account": number}
                _ask(house, "POST", "/api/payments", {**told, "amount_fen": 100})
                began = time.monotonic()
                for notice in ear.notifies(timeout=PATIENCE):
                    if notice.payload == key:
                        break
                else:
                    raise AssertionError(f"{code} was never told")
                yield time.monotonic() - began


def _claimed(house: House, code: str) -> tuple[str, str]:
    with house.database.writing() as session:
        number = claim(session, bank=code, now=legal_now(session)).number
        token = session.scalars(select(SubAccount.token_hash).where(SubAccount.number == number))
        return number, bytes(token.one() or b"").hex()


def _ask(house: House, method: str, path: str, body: Any = None) -> Any:
    where = urllib.parse.urlsplit(house.settings.bank_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)
    try:
        raw = None if body is None else json.dumps(body)
        connection.request(method, path, raw, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status < 400, told
        return json.loads(told) if told else None
    finally:
        connection.close()

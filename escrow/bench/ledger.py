"""Postings a second: our whole schema with every guard, beside plain transfers as pgledger's.

Credits of deposits: every journal touches the bank's one cash account, so clients wait in line.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import select

import migrations
from escrow.ledger import rules
from escrow.ledger.actions import open_accounts
from escrow.ledger.models import Account, Bank
from escrow.ledger.queries import disagreements
from escrow.ledger.rules import AccountKind, AccountName
from kernel import clock, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.db import Database
from kernel.ids import new_id

SUBS = [f"62{index:04}" for index in range(500)]
SECONDS = 4.0
ROUNDS = 3
BATCH = 500
PEER = "transfers in pgledger's manner, without a key"
TRANSFERS = Path(__file__).with_name("_transfers.sql")

Act = Callable[[psycopg.Connection, random.Random], int]


def measure(bench: Bench) -> list[Figure]:
    """One client, eight, and batches as one poster commits them; ours and theirs in turn."""
    database, url = _database(bench)
    post, post_many, transfer = _ours(database), _batches(database), _theirs(url)
    figures = []
    for name, ours, clients, theirs, limit in (
        ("postings, one client", post, 1, 1, 2.0),
        ("postings, eight clients", post, 8, 8, 1.4),
        (
            f"postings, one poster in batches of {BATCH}; peer sixteen clients",
            post_many,
            1,
            16,
            5.0,
        ),
    ):
        # In turn, so that whatever else the machine does falls on both.
        rates = [(_rate(url, ours, clients), _rate(url, transfer, theirs)) for _ in range(ROUNDS)]
        mine, peer = (sorted(one)[ROUNDS // 2] for one in zip(*rates, strict=True))
        figures.append(
            Figure(
                name=name,
                value=mine,
                unit="journals/s",
                bar=Bar(Side.AT_LEAST, limit),
                peer=PEER,
                peer_value=peer,
            )
        )
    with database.reading() as session:
        if wrong := disagreements(session):
            raise AssertionError(f"{len(wrong)} accounts do not equal their entries")
    database.dispose()
    return figures


def _database(bench: Bench) -> tuple[Database, str]:
    """Both schemas in one database, on a server that forgets nothing."""
    postgres.create_database(bench.server.url(), "ledger")
    url = bench.server.url("ledger")
    migrations.upgrade(url)
    database = Database(url, pool_size=2)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
        bank = Bank(id=new_id(), code="b", name="b", adapter="iso20022", base_url="http://x")
        session.add(bank)
        session.flush()
        open_accounts(session, bank.id, rules.FIXED)
        open_accounts(session, bank.id, (AccountName(AccountKind.DEPOSIT, n) for n in SUBS))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TRANSFERS.read_text("utf-8"))
        connection.execute("INSERT INTO t_account (name, may_be_negative) VALUES ('cash', true)")
        connection.execute(
            "INSERT INTO t_account (name, may_be_negative) SELECT unnest(%s::text[]), false",
            (SUBS,),
        )
    return database, url


def _bank_id(database: Database) -> str:
    with database.reading() as session:
        return str(session.scalars(select(Account.bank_id).limit(1)).one())


def _ours(database: Database) -> Act:
    bank = _bank_id(database)

    def act(connection: psycopg.Connection, chance: random.Random) -> int:
        connection.execute(
            "SELECT * FROM post_journal(%s, %s, 'credit', %s, now(), %s::text[],"
            " '{1,-1}'::smallint[], %s::bigint[])",
            (uuid4(), f"bench/{uuid4()}", bank, *_legs(chance)),
        )
        return 1

    return act


def _batches(database: Database) -> Act:
    bank = _bank_id(database)

    def act(connection: psycopg.Connection, chance: random.Random) -> int:
        legs = [_legs(chance) for _ in range(BATCH)]
        connection.execute(
            "SELECT * FROM post_journals(%s::uuid[], %s::text[], %s::text[], %s::uuid[],"
            " array_fill(now(), ARRAY[%s]), %s::int[], %s::text[], %s::smallint[], %s::bigint[])",
            (
                [uuid4() for _ in legs],
                [f"bench/{uuid4()}" for _ in legs],
                ["credit"] * BATCH,
                [bank] * BATCH,
                BATCH,
                [index for index in range(1, BATCH + 1) for _ in range(2)],
                [code for codes, _ in legs for code in codes],
                [1, -1] * BATCH,
                [fen for _, amounts in legs for fen in amounts],
            ),
        )
        return BATCH

    return act


def _legs(chance: random.Random) -> tuple[list[str], list[int]]:
    fen = chance.randrange(1, 10**8)
    return ["cash", f"deposit/{chance.choice(SUBS)}"], [fen, fen]


def _theirs(url: str) -> Act:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT name, id FROM t_account").fetchall()
    accounts: dict[str, UUID] = dict(rows)

    def act(connection: psycopg.Connection, chance: random.Random) -> int:
        connection.execute(
            "SELECT transfer(%s, %s, %s)",
            (accounts["cash"], accounts[chance.choice(SUBS)], chance.randrange(1, 10**8)),
        )
        return 1

    return act


def _rate(url: str, act: Act, clients: int) -> float:
    """Journals a second over all clients, each with its own connection, each act durable."""
    done = [0] * clients
    ready = threading.Barrier(clients + 1)

    def client(place: int) -> None:
        chance = random.Random(place)  # noqa: S311 - which account is no secret
        with psycopg.connect(url, autocommit=True) as connection:
            act(connection, chance)
            ready.wait()
            end = time.perf_counter() + SECONDS
            while time.perf_counter() < end:
                done[place] += act(connection, chance)

    threads = [threading.Thread(target=client, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - began)

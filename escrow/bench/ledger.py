"""Postings a second: our whole schema with every guard, beside transfers in pgledger's manner.

Credits of deposits: every journal touches the bank's one cash account, so clients wait in line.
Both sides use one driver, one server and one durable commit for each call; only the poster lets
its clients share one, and the batch is what one worker does with a backlog.
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
from escrow.ledger.poster import Poster
from escrow.ledger.queries import disagreements
from escrow.ledger.rules import AccountKind, AccountName, Journal, JournalKind
from kernel import clock, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.db import Database
from kernel.ids import new_id

SUBS = [f"62{index:04}" for index in range(500)]
SECONDS = 4.0
ROUNDS = 3
BATCH = 500
CROWD = 16
PEER = "transfers in pgledger's manner, without a key"
TRANSFERS = Path(__file__).with_name("_transfers.sql")

Act = Callable[[psycopg.Connection, random.Random], int]


def measure(bench: Bench) -> list[Figure]:
    """One client, eight, sixteen through the poster, and a backlog in batches; in turn."""
    database, url = _database(bench)
    theirs = _theirs(url)
    one, alone, batch = _one(database), _ours(database), _batches(database)
    figures = []
    with Poster(database) as poster:
        for name, ours, clients, peers, limit in (
            ("postings, one client", alone, 1, 1, 2.0),
            ("postings, eight clients", alone, 8, 8, 1.4),
            (
                f"postings, {CROWD} clients with group commit",
                lambda _, chance: _through(poster, one(chance)),
                CROWD,
                CROWD,
                5.0,
            ),
            (f"postings, a backlog in batches of {BATCH}", batch, 1, CROWD, 5.0),
        ):
            # In turn, so that whatever else the machine does falls on both.
            rates = [(_rate(url, ours, clients), _rate(url, theirs, peers)) for _ in range(ROUNDS)]
            mine, peer = (sorted(side)[ROUNDS // 2] for side in zip(*rates, strict=True))
            figures.append(
                Figure(
                    name=name,
                    value=mine,
                    unit="journals/s",
                    bar=Bar(Side.AT_LEAST, limit),
                    peer=f"{PEER}, {peers} at once",
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
        connection.execute(
            "INSERT INTO t_account (name, currency, may_be_negative, may_be_positive)"
            " SELECT name, 'CNY', name = 'cash', true FROM unnest(%s::text[]) name",
            (["cash", *SUBS],),
        )
    return database, url


def _bank_id(database: Database) -> UUID:
    with database.reading() as session:
        return session.scalars(select(Account.bank_id).limit(1)).one()


def _one(database: Database) -> Callable[[random.Random], Journal]:
    bank = _bank_id(database)
    with database.reading() as session:
        now = clock.legal_now(session)

    def make(chance: random.Random) -> Journal:
        return Journal(
            key=f"bench/{uuid4()}",
            kind=JournalKind.CREDIT,
            bank_id=bank,
            occurred_at=now,
            postings=rules.credit(chance.choice(SUBS), chance.randrange(1, 10**8)),
        )

    return make


def _through(poster: Poster, journal: Journal) -> int:
    poster.post(journal)
    return 1


def _ours(database: Database) -> Act:
    bank = str(_bank_id(database))

    def act(connection: psycopg.Connection, chance: random.Random) -> int:
        (cash, deposit), (fen, _) = _legs(chance)
        connection.execute(
            "SELECT post_journal(%s, %s, 'credit', %s, now(), %s::text[],"
            " '{1,-1}'::smallint[], %s::bigint[])",
            (uuid4(), f"bench/{uuid4()}", bank, f"{{{cash},{deposit}}}", f"{{{fen},{fen}}}"),
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
    accounts: dict[str, str] = dict(rows)

    def act(connection: psycopg.Connection, chance: random.Random) -> int:
        connection.execute(
            "SELECT id FROM transfer(%s, %s, %s)",
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

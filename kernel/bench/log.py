"""The log: leaves numbered per second, in memory and durably, against the same rows without a log.

Proofs are asked of a log of about a million leaves.
"""

import time
from collections.abc import Iterable
from datetime import timedelta

import psycopg
from sqlalchemy import Text, cast, func, select, text

import migrations
from kernel import clock, log, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.db import Database
from kernel.ids import new_id
from kernel.pure import merkle
from kernel.secrets import Keys

PER_TICK = 1_000
TICKS = 12
GROWN_TICK = 16_384
GROWN = 1 << 20
PROOFS = 200


def measure(bench: Bench) -> list[Figure]:
    """Sequencing in memory and in PostgreSQL; an inclusion proof at a million leaves."""
    database = _database(bench)
    keys = Keys(bench.work / "keys")
    durable = PER_TICK / _median(_tick(database, keys, PER_TICK) for _ in range(TICKS))
    figures = [
        Figure(
            name="log sequence, in memory",
            value=_memory_rate(),
            unit="leaves/s",
            bar=Bar(Side.AT_LEAST, 50_000, on_ratio=False),
        ),
        Figure(
            name="log sequence, durable",
            value=durable,
            unit="leaves/s",
            bar=Bar(Side.AT_LEAST, 5_000, on_ratio=False),
            peer="one INSERT … SELECT of as many rows",
            peer_value=_plain_rate(bench),
        ),
    ]
    for _ in range(GROWN // GROWN_TICK):
        _tick(database, keys, GROWN_TICK)
    figures.append(
        Figure(
            name="log inclusion proof at a million leaves, median",
            value=_proof_milliseconds(database),
            unit="ms",
            bar=Bar(Side.AT_MOST, 1, on_ratio=False),
        )
    )
    database.dispose()
    return figures


def _median(seconds: Iterable[float]) -> float:
    times = sorted(seconds)
    return times[len(times) // 2]


def _tick(database: Database, keys: Keys, count: int) -> float:
    """Seconds to number `count` leaves that actions have left."""
    with database.writing() as session:
        session.execute(
            text(
                "INSERT INTO leaf_pending (id, data) SELECT gen_random_uuid(),"
                " convert_to(md5(i::text) || repeat('x', 168), 'UTF8')"
                " FROM generate_series(1, :count) AS i"
            ),
            {"count": count},
        )
    began = time.perf_counter()
    with database.writing() as session:
        log.sequence(session, keys)
    return time.perf_counter() - began


def _memory_rate() -> float:
    data = [b"%d" % i + b"x" * 190 for i in range(50_000)]
    began = time.perf_counter()
    merkle.Tree(map(merkle.leaf_hash, data)).root()
    return len(data) / (time.perf_counter() - began)


def _database(bench: Bench) -> Database:
    postgres.create_database(bench.server.url(), "log")
    url = bench.server.url("log")
    migrations.upgrade(url)
    database = Database(url, pool_size=2)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    return database


def _proof_milliseconds(database: Database) -> float:
    times = []
    with database.reading() as session:
        leaves = session.scalars(
            select(log.Leaf.id)
            .where(log.Leaf.index % (GROWN // PROOFS) == 1)
            .order_by(func.md5(cast(log.Leaf.id, Text)))
        ).all()
        for leaf in leaves:
            began = time.perf_counter()
            log.inclusion(session, leaf)
            times.append(time.perf_counter() - began)
    return _median(times) * 1000


def _plain_rate(bench: Bench) -> float:
    """The raw limit: the same number of rows of the same size, each tick committed."""
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (n bigserial PRIMARY KEY, data bytea NOT NULL)")
        times = []
        for _ in range(TICKS):
            began = time.perf_counter()
            connection.execute(
                "INSERT INTO plain (data) SELECT convert_to(repeat('x', 200), 'UTF8')"
                " FROM generate_series(1, %s)",
                (PER_TICK,),
            )
            times.append(time.perf_counter() - began)
        return PER_TICK / _median(times)

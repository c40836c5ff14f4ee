"""The log: leaves numbered per second, in memory and durably, against the same rows without a log.

Proofs are asked of a log of about a million leaves.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

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
PROOFS = 400


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
            peer="as many bare SHA-256 of leaves and nodes",
            peer_value=_hash_rate(),
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
    _settle(bench)
    figures += _proof_figures(database)
    database.dispose()
    return figures


def _proof_figures(database: Database) -> list[Figure]:
    """Wall time beside the raw limit, and what of it this process computes itself."""
    wall, cpu, reads = _proof_milliseconds(database)
    name = "log inclusion proof at a million leaves, median"
    return [
        Figure(
            name=name,
            value=wall,
            unit="ms",
            bar=Bar(Side.AT_MOST, 1, on_ratio=False),
            peer="its two reads by bare psycopg",
            peer_value=reads,
        ),
        Figure(
            name=f"{name}, CPU of the process that proves",
            value=cpu,
            unit="ms",
            bar=Bar(Side.AT_MOST, 1, on_ratio=False),
        ),
    ]


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


def _proof_milliseconds(database: Database) -> tuple[float, float, float]:
    """Medians: wall and CPU of a proof; wall of the same reads without ORM, log and proof."""
    spent, raw = [], []
    with database.reading() as session:
        leaves = session.scalars(
            select(log.Leaf.id)
            .where(log.Leaf.index % (GROWN // PROOFS) == 1)
            .order_by(func.md5(cast(log.Leaf.id, Text)))
        ).all()
        bare = session.connection().connection.driver_connection
        assert isinstance(bare, psycopg.Connection)
        # Turn by turn, each on leaves of its own: neither finds the other's pages warm.
        for proven, read in zip(leaves[::2], leaves[1::2], strict=False):
            spent.append(_timed(partial(log.inclusion, session, proven)))
            raw.append(_timed(partial(_reads, bare, read)))
    return (
        _median(wall for wall, _ in spent) * 1000,
        _median(cpu for _, cpu in spent) * 1000,
        _median(wall for wall, _ in raw) * 1000,
    )


def _settle(bench: Bench) -> None:
    """A log that was grown in a minute gets the upkeep that one grown in weeks has had."""
    with psycopg.connect(bench.server.url("log"), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) leaf, log_node, checkpoint")
        connection.execute("CHECKPOINT")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _reads(connection: "psycopg.Connection[Any]", leaf: UUID) -> None:
    """A leaf with its checkpoint, then twenty nodes of its path: what every proof has to read."""
    held = connection.execute(
        "SELECT leaf.index, data, hash, size, root, note, at FROM leaf, LATERAL (SELECT * FROM"
        " checkpoint WHERE size > leaf.index ORDER BY size LIMIT 1) AS first WHERE leaf.id = %s",
        (leaf,),
    ).fetchone()
    assert held is not None
    levels = list(range(1, 20))
    places = [held[0] >> level ^ 1 for level in levels]
    connection.execute(
        "SELECT node.hash FROM unnest(%s::bigint[], %s::bigint[]) AS asked (level, index),"
        " LATERAL (SELECT hash FROM log_node AS node WHERE node.level = asked.level"
        " AND node.index = asked.index LIMIT 1) AS node",
        (levels, places),
    ).fetchall()


def _hash_rate() -> float:
    """Leaves a second when nothing but the hashes of a tree is computed: two for each leaf."""
    leaf, node = b"\x00" + b"x" * 195, b"\x01" + b"x" * 64
    began = time.perf_counter()
    for _ in range(50_000):
        hashlib.sha256(leaf).digest()
        hashlib.sha256(node).digest()
    return 50_000 / (time.perf_counter() - began)


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

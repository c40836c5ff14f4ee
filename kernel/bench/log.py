"""The log: leaves appended and numbered per second, against the same rows without a log."""

import time
from datetime import timedelta
from uuid import UUID

import psycopg

import migrations
from kernel import clock, log, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.db import Database
from kernel.ids import new_id
from kernel.secrets import Keys

LEAVES = 4_000
PER_TICK = 500
PROOFS = 200
BODY = {"lot": "0" * 32, "envelope": "0" * 64, "sequence": 1}


def measure(bench: Bench) -> list[Figure]:
    """Throughput of append and sequencing; median time of an inclusion proof."""
    database = _database(bench)
    keys = Keys(bench.work / "keys")
    began = time.perf_counter()
    leaves = []
    for _ in range(LEAVES // PER_TICK):
        with database.writing() as session:
            leaves += [log.append(session, "bench", BODY) for _ in range(PER_TICK)]
        with database.writing() as session:
            log.sequence(session, keys)
    rate = LEAVES / (time.perf_counter() - began)
    proof = _proof_milliseconds(database, leaves[:: LEAVES // PROOFS])
    database.dispose()
    return [
        Figure(
            name="log append and sequence",
            value=rate,
            unit="leaves/s",
            bar=Bar(Side.AT_LEAST, 0.1),
            peer="plain INSERT, one by one",
            peer_value=_plain_rate(bench),
        ),
        Figure(
            name="log inclusion proof, median",
            value=proof,
            unit="ms",
            bar=Bar(Side.AT_MOST, 50, on_ratio=False),
        ),
    ]


def _database(bench: Bench) -> Database:
    postgres.create_database(bench.server.url(), "log")
    url = bench.server.url("log")
    migrations.upgrade(url)
    database = Database(url, pool_size=2)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    return database


def _proof_milliseconds(database: Database, leaves: list[UUID]) -> float:
    times = []
    with database.reading() as session:
        for leaf in leaves:
            began = time.perf_counter()
            log.inclusion(session, leaf)
            times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2] * 1000


def _plain_rate(bench: Bench) -> float:
    """The raw limit: the same number of rows of the same size, in the same transactions."""
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (n bigserial PRIMARY KEY, data bytea NOT NULL)")
        began = time.perf_counter()
        for _ in range(LEAVES // PER_TICK):
            with connection.transaction():
                for _ in range(PER_TICK):
                    connection.execute("INSERT INTO plain (data) VALUES (%s)", (b"x" * 200,))
        return LEAVES / (time.perf_counter() - began)

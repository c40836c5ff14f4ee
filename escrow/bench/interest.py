"""Interest on a quarter's deposits of a province, against PostgreSQL's own reckoning of it."""

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta

import psycopg

from escrow.interest.rules import Terms, reckon
from escrow.interest.terms import terms_of
from kernel.bench import Bar, Bench, Figure, Side

DEPOSITS = 140_000
DAYS = 90
FIRST = date(2025, 3, 1)
SPREAD = 60
SMALLEST, LARGEST = 1_000_00, 10_000_000_00

Deposit = tuple[int, date]

# Numeric rounds halves away from zero and is exact while the one division comes last; nothing here
# is shared with the rule.
RECKONED = """
SELECT d.n, round(sum(round((d.fen / 100) * r.percent
         * (least(r.until, d.start + %(days)s) - greatest(r.since, d.start)) / 36000, 3)), 2) * 100
FROM deposit d JOIN rate r ON r.since < d.start + %(days)s AND r.until > d.start
GROUP BY d.n ORDER BY d.n
"""


def measure(bench: Bench) -> list[Figure]:
    """Seconds for all deposits, and how many differ from PostgreSQL by as much as a fen."""
    terms = terms_of("yunlan")
    deposits = list(_deposits())
    began = time.perf_counter()
    ours = [
        reckon(fen, start=start, end=start + timedelta(days=DAYS), terms=terms).fen
        for fen, start in deposits
    ]
    seconds = time.perf_counter() - began
    theirs, theirs_seconds = _by_postgres(bench, deposits, terms)
    differing = sum(one != other for one, other in zip(ours, theirs, strict=True))
    return [
        Figure(
            name=f"interest on {DEPOSITS:,} deposits over {DAYS} days",
            value=seconds,
            unit="s",
            bar=Bar(Side.AT_MOST, 5, on_ratio=False),
            peer="PostgreSQL, one statement",
            peer_value=theirs_seconds,
        ),
        Figure(
            name="interest that differs from PostgreSQL's by a fen or more",
            value=differing,
            unit="deposits",
            bar=Bar(Side.AT_MOST, 0, on_ratio=False),
        ),
    ]


def _deposits() -> Iterator[Deposit]:
    """Fen and first day; the days run over a change of the rate."""
    chance = random.Random(20260930)  # noqa: S311 - a figure must be measured twice on the same
    for _ in range(DEPOSITS):
        yield (
            chance.randrange(SMALLEST, LARGEST),
            FIRST + timedelta(days=chance.randrange(SPREAD)),
        )


def _by_postgres(bench: Bench, deposits: list[Deposit], terms: Terms) -> tuple[list[int], float]:
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE deposit (n integer, fen bigint, start date)")
        connection.execute("CREATE TABLE rate (since date, until date, percent numeric)")
        with connection.cursor().copy("COPY deposit FROM STDIN") as copy:
            for number, (fen, start) in enumerate(deposits):
                copy.write_row((number, fen, start))
        ends = [*(rate.since for rate in terms.rates[1:]), date.max]
        for rate, until in zip(terms.rates, ends, strict=True):
            connection.execute(
                "INSERT INTO rate VALUES (%s, %s, %s)", (rate.since, until, rate.percent)
            )
        connection.execute("ANALYZE")
        began = time.perf_counter()
        rows = connection.execute(RECKONED, {"days": DAYS}).fetchall()
        seconds = time.perf_counter() - began
    return [int(fen) for _, fen in rows], seconds

"""The connection that listens, on a real database."""

from collections.abc import Iterator

import psycopg
import pytest

from kernel.db import Database
from kernel.sockets.ear import Ear


@pytest.fixture
def ear(database: Database) -> Iterator[Ear]:
    with Ear(database.url, ("one", "two")) as found:
        yield found


def tell(database: Database, *told: tuple[str, str]) -> None:
    with psycopg.connect(database.url) as connection:
        for each in told:
            connection.execute("SELECT pg_notify(%s, %s)", each)


def test_all_that_has_come_is_heard_together_and_in_order(database: Database, ear: Ear) -> None:
    told = [("one", f"{n}:{'听' * 2000}") for n in range(40)] + [("two", "and this")]
    tell(database, *told[:1], ("three", "to nobody"), *told[1:])
    heard = ear.hear(5)
    while len(heard) < len(told):
        heard += ear.hear(5)
    assert heard == told


def test_silence_is_heard_as_nothing(ear: Ear) -> None:
    assert ear.hear(0.01) == []


def test_a_line_that_breaks_is_no_silence(database: Database, ear: Ear) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    # The farewell is no notice; then the line is at its end.
    with pytest.raises(psycopg.OperationalError):
        for _ in range(3):
            assert ear.hear(5) == []

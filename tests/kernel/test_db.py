"""The transaction edge: all or nothing, and readers cannot write."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.db import Database


def test_an_exception_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.execute(text("CREATE TABLE half_written (n int)"))
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.scalar(text("SELECT to_regclass('half_written')")) is None


def test_a_reader_is_refused_every_write_by_the_database(database: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"), database.reading() as session:
        session.execute(text("UPDATE installation SET clock_offset = interval '1 day'"))


def test_a_failed_statement_does_not_repeat_its_values(database: Database) -> None:
    with pytest.raises(DBAPIError) as error, database.writing() as session:
        session.execute(text("SELECT * FROM nowhere WHERE price = :price"), {"price": 80128600})
    assert "80128600" not in str(error.value)


def test_a_reader_sees_one_moment_however_often_it_asks(database: Database) -> None:
    asked = text("SELECT clock_offset FROM installation")
    with database.reading() as session:
        before = session.scalar(asked)
        with database.writing() as other:
            other.execute(text("UPDATE installation SET clock_offset = interval '1 day'"))
        assert session.scalar(asked) == before
    with database.reading() as session:
        assert session.scalar(asked) != before

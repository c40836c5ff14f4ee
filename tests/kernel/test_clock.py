"""The two clocks: they agree in production and only move forward in a demonstration."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.db import Database
from kernel.ids import new_id
from kernel.pure.errors import Refused


def test_shift_moves_legal_time_and_leaves_wall_time(database: Database) -> None:
    with database.writing() as session:
        before, wall = clock.legal_now(session), clock.clock_timestamp(session)
        after = clock.shift(session, timedelta(days=3))
        assert timedelta(days=3) <= after - before < timedelta(days=3, minutes=1)
        assert clock.clock_timestamp(session) - wall < timedelta(minutes=1)


def test_shift_backward_is_refused(database: Database) -> None:
    with database.writing() as session, pytest.raises(Refused) as refusal:
        clock.shift(session, timedelta(seconds=-1))
    assert refusal.value.code == "WEB-1402"


def test_the_database_itself_refuses_a_clock_set_back(database: Database) -> None:
    with pytest.raises(DBAPIError, match="only moves forward"), database.writing() as session:
        session.execute(text("UPDATE installation SET clock_offset = interval '-1 day'"))


def test_an_installation_is_founded_once(database: Database) -> None:
    with pytest.raises(DBAPIError), database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())


def test_production_cannot_have_an_offset(database: Database) -> None:
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text("UPDATE installation SET demo = false"))

"""A stream that can be lost is asked for anew before every event."""

from enum import StrEnum
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from kernel import live
from kernel.db import Database
from kernel.ids import new_id
from kernel.permissions import Actor, PermissionTable, System, Visitor, any_of, anyone
from kernel.pure.errors import Refused
from kernel.sockets import Followers, LiveDoors, Stream


class Right(StrEnum):
    """What the test's streams ask for."""

    WATCH = "test.watch"


@pytest.fixture
def guests() -> set[str]:
    """Names of those admitted at the moment."""
    return {"one", "two"}


@pytest.fixture
def doors(guests: set[str]) -> LiveDoors:
    def admits(_session: Session, actor: Actor, _ref: UUID) -> bool:
        return isinstance(actor, System) and actor.name in guests

    streams = {"open": Stream(Right.WATCH), "own": Stream(Right.WATCH, admits)}
    return LiveDoors(streams, PermissionTable([{Right.WATCH: any_of(anyone)}]))


def stream(database: Database, kind: str) -> UUID:
    with database.writing() as session:
        return live.open_session(session, kind=kind, ref=new_id())


def test_who_is_no_longer_admitted_is_sent_away_once(
    database: Database, doors: LiveDoors, guests: set[str]
) -> None:
    followers, live_id = Followers(doors), stream(database, "own")
    with database.reading() as session:
        for sid, name in (("a", "one"), ("b", "two"), ("c", "two")):
            assert doors.check(session, System(name), live_id)
            followers.add(live_id, sid, System(name))
        assert followers.lost(session, live_id) == []
        guests.discard("two")
        assert followers.lost(session, live_id) == ["b", "c"]
        assert followers.lost(session, live_id) == []
        guests.clear()
        followers.forget("a")
        assert followers.lost(session, live_id) == []


def test_a_public_stream_is_asked_for_once(database: Database, doors: LiveDoors) -> None:
    live_id = stream(database, "open")
    with database.reading() as session:
        assert not doors.check(session, Visitor(), live_id)
        assert Followers(doors).lost(session, live_id) == []


def test_a_stream_of_somebody_else_is_refused(database: Database, doors: LiveDoors) -> None:
    live_id = stream(database, "own")
    with database.reading() as session, pytest.raises(Refused, match="WEB-1102"):
        doors.check(session, Visitor(), live_id)

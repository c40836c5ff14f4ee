"""Who may follow a stream, show a pass for it, say something in it, and how often."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from kernel import live
from kernel.db import Database
from kernel.ids import new_id
from kernel.permissions import (
    Actor,
    PermissionTable,
    Pseudonym,
    System,
    Visitor,
    any_of,
    anyone,
)
from kernel.pure.errors import Refused
from kernel.secrets import Keys
from kernel.sockets import Event, Follower, LiveDoors, Stream, passes
from kernel.sockets.rates import Buckets, Rate
from kernel.sockets.rooms import Followers

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


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

    own = Stream(Right.WATCH, admits, seats=lambda _session, _holder, _ref: True)
    streams = {"open": Stream(Right.WATCH), "own": own}
    wave = Event("wave", "own", Right.WATCH, lambda _said: {})
    return LiveDoors(streams, PermissionTable([{Right.WATCH: any_of(anyone)}]), [wave])


def stream(database: Database, kind: str) -> UUID:
    with database.writing() as session:
        return live.open_session(session, kind=kind, ref=new_id())


def follower(doors: LiveDoors, session: Session, live_id: UUID, sid: str) -> Follower:
    actor = Visitor() if sid == "visitor" else System(sid)
    seen = doors.check(session, actor, live_id)
    return Follower(sid, live_id, seen.kind, seen.ref, actor, seen.is_losable)


def test_only_followers_of_streams_that_can_be_lost_are_asked_for_anew(
    database: Database, doors: LiveDoors
) -> None:
    own, open_to_all, followers = stream(database, "own"), stream(database, "open"), Followers()
    with database.reading() as session:
        one = follower(doors, session, own, "one")
        assert followers.add(one) is None
        assert followers.add(one) == one
        followers.add(follower(doors, session, open_to_all, "one"))
        followers.add(follower(doors, session, open_to_all, "visitor"))
    assert followers.losable(own) == [one]
    assert followers.losable(open_to_all) == []
    assert {each.sid for each in followers.of(open_to_all)} == {"one", "visitor"}
    assert {each.live_id for each in followers.remove_all("one")} == {own, open_to_all}
    assert followers.is_empty(own)
    assert not followers.is_empty(open_to_all)
    assert followers.find("one", own) is None


def test_a_stream_of_somebody_else_is_refused(database: Database, doors: LiveDoors) -> None:
    live_id = stream(database, "own")
    with database.reading() as session, pytest.raises(Refused, match="WEB-1102"):
        doors.check(session, Visitor(), live_id)


def test_a_pass_is_for_its_stream_and_its_minutes(tmp_path: Path) -> None:
    keys, live_id = Keys(tmp_path), new_id()
    holder = Pseudonym(new_id(), "ab" * 32, b"\x04" * 65)
    shown = passes.issue(keys, holder, live_id, at=NOON)
    assert passes.read(keys, shown, live_id, at=NOON + passes.LIFETIME / 2) == holder
    for wrong, where, at in (
        (shown, new_id(), NOON),
        (shown, live_id, NOON + passes.LIFETIME),
        (f"{shown[:-4]}AAAA", live_id, NOON),
        ("", live_id, NOON),
        ("a.b", live_id, NOON),
    ):
        with pytest.raises(Refused, match="WEB-1104"):
            passes.read(keys, wrong, where, at=at)


def test_only_the_seated_get_a_pass(database: Database, doors: LiveDoors) -> None:
    holder = Pseudonym(new_id(), "ab" * 32, b"")
    own, open_to_all = stream(database, "own"), stream(database, "open")
    with database.reading() as session:
        doors.check_seat(session, holder, own)
        with pytest.raises(Refused, match="WEB-1104"):
            doors.check_seat(session, holder, open_to_all)


def test_an_event_is_for_its_kind_and_its_right(database: Database, doors: LiveDoors) -> None:
    own, open_to_all = stream(database, "own"), stream(database, "open")
    with database.reading() as session:
        inside = follower(doors, session, own, "one")
        outside = follower(doors, session, open_to_all, "visitor")
    assert doors.event(inside, "wave").name == "wave"
    for who, name, code in ((inside, "shout", "WEB-1001"), (outside, "wave", "WEB-1001")):
        with pytest.raises(Refused, match=code):
            doors.event(who, name)


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    buckets = Buckets(Rate(burst=3, per_second=2), lambda: now[0])
    assert [buckets.take("a") for _ in range(5)] == [True, True, True, False, False]
    assert buckets.take("b")
    now[0] = 1.0
    assert [buckets.take("a") for _ in range(3)] == [True, True, False]

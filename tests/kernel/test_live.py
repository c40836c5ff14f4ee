"""Numbered streams: dense numbers in commit order, replay, and nothing before the commit."""

import threading
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import live
from kernel.db import Database
from kernel.ids import new_id
from kernel.pure.errors import Refused
from kernel.relay import Hearing


@pytest.fixture
def stream(database: Database) -> UUID:
    with database.writing() as session:
        return live.open_session(session, kind="test", ref=new_id())


def test_concurrent_appends_get_dense_numbers(database: Database, stream: UUID) -> None:
    def add(name: str) -> None:
        for turn in range(10):
            with database.writing() as session:
                live.append(session, stream, "said", {"by": name, "turn": turn})

    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        events = live.events_after(session, stream, 0)
    assert [event.seq for event in events] == list(range(1, 31))
    for name in "abc":
        turns = [e.payload["turn"] for e in events if e.payload["by"] == name]
        assert turns == list(range(10))


def test_a_rolled_back_event_leaves_no_number_behind(database: Database, stream: UUID) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        live.append(session, stream, "said", {"never": True})
        raise ZeroDivisionError
    with database.writing() as session:
        assert live.append(session, stream, "said", {"first": True}) == 1


def test_replay_gives_only_what_came_after(database: Database, stream: UUID) -> None:
    with database.writing() as session:
        for number in range(5):
            live.append(session, stream, "said", {"number": number})
    with database.reading() as session:
        assert [e.payload["number"] for e in live.events_after(session, stream, 3)] == [3, 4]


def test_events_cannot_be_changed(database: Database, stream: UUID) -> None:
    with database.writing() as session:
        live.append(session, stream, "said", {})
    for statement in ("UPDATE live_event SET kind = 'x'", "DELETE FROM live_event"):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(text(statement))


@pytest.mark.parametrize("size", [3, 30_000])
def test_what_is_told_in_passing_arrives_whole_at_the_commit(
    database: Database, stream: UUID, size: int
) -> None:
    hearing, payload = Hearing(), {"text": "听" * (size // 6)}
    with psycopg.connect(database.url, autocommit=True) as listener:
        listener.execute("LISTEN told")
        with database.writing() as session:
            live.tell(session, stream, "hint", payload, group="a")
            live.tell(session, stream, "hint", payload)
        notices = list(listener.notifies(timeout=1))
    told = [one for notice in notices if (one := hearing.take(notice.payload))]
    assert told == [
        live.Told(stream, "hint", payload, "a"),
        live.Told(stream, "hint", payload),
    ]
    assert size < live.NOTICE or hearing.take(notices[1].payload) is None


def test_too_much_is_not_told(database: Database, stream: UUID) -> None:
    with database.writing() as session, pytest.raises(Refused, match="WEB-1003"):
        live.tell(session, stream, "hint", {"text": "x" * live.MOST_TOLD})

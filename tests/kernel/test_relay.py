"""What a web process hears of its streams: each event once, in order, as it is kept."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kernel import live
from kernel.db import Database
from kernel.ids import new_id
from kernel.relay import Frame, Notice, Relay, parse_notice

LONG = "听" * live.NOTICE


class Followed:
    """A relay that follows one stream, and what it has pushed."""

    def __init__(self, database: Database, live_id: UUID, listener: Any) -> None:
        self.database, self.live_id = database, live_id
        self.pushed: list[Frame] = []
        self.relay = Relay(database.reading, self._emit)
        self._listener = listener

    def _emit(self, live_id: UUID, frames: Sequence[Frame]) -> None:
        assert live_id == self.live_id
        self.pushed += frames

    def follow(self) -> None:
        with self.database.reading() as session:
            self.relay.follow(session, self.live_id)

    def say(self, *payloads: dict[str, Any]) -> list[Notice]:
        """Append in one commit; returns what NOTIFY told of it."""
        with self.database.writing() as session:
            for payload in payloads:
                live.append(session, self.live_id, "said", payload)
        notices = self._listener.notifies(timeout=5, stop_after=len(payloads))
        return [parse_notice(each.payload) for each in notices]

    def kept(self) -> bytes:
        """The stream as a page may ask for it."""
        with self.database.reading() as session:
            return written([e.frame() for e in live.events_after(session, self.live_id, 0)])

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.pushed]


def written(frames: Sequence[Frame]) -> bytes:
    return json.dumps(list(frames)).encode()


@pytest.fixture
def followed(database: Database) -> Iterator[Followed]:
    with database.writing() as session:
        live_id = live.open_session(session, kind="test", ref=new_id())
    with psycopg.connect(database.url, autocommit=True) as listener:
        listener.execute("LISTEN live")
        yield Followed(database, live_id, listener)


def test_what_is_told_is_pushed_once_and_only_after_the_commit(followed: Followed) -> None:
    followed.follow()
    with followed.database.writing() as session:
        live.append(session, followed.live_id, "said", {"n": 1})
        followed.relay.catch_up()
        assert followed.pushed == []
    told = followed.say({"n": 2}, {"n": 3})
    followed.relay.hear(told)
    followed.relay.hear(told)
    followed.relay.catch_up()
    assert followed.seqs == [1, 2, 3]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=JSON)
def test_an_event_is_pushed_byte_for_byte_as_it_is_replayed(
    followed: Followed, value: object
) -> None:
    followed.follow()
    followed.relay.hear(followed.say({"value": value, "b": 1, "aa": 2, "a": 3}))
    assert written(followed.pushed) == followed.kept()


@pytest.mark.parametrize("micros", ["000000", "120000", "000001"])
def test_the_time_is_written_as_it_is_replayed(followed: Followed, micros: str) -> None:
    at = f"2026-03-01T08:00:00.{micros}+08:00"
    with followed.database.reading() as session:
        array = "json_build_array(CAST(:id AS uuid), 1, 'k', '{}'::json, CAST(:at AS timestamptz))"
        wish = {"id": str(followed.live_id), "at": at}
        told = session.execute(text(f"SELECT {array}::text"), wish).scalar_one()
        kept = session.execute(text("SELECT CAST(:at AS timestamptz)"), {"at": at}).scalar_one()
    assert parse_notice(told).frame == live.frame_of(1, "k", {}, kept)


def test_an_event_too_long_for_a_notice_is_read_in_its_place(followed: Followed) -> None:
    followed.follow()
    told = followed.say({"n": 1}, {"text": LONG}, {"n": 3})
    assert [notice.frame is None for notice in told] == [False, True, False]
    followed.relay.hear(told)
    assert written(followed.pushed) == followed.kept()


def test_a_notice_that_was_lost_is_made_good_before_the_next(followed: Followed) -> None:
    followed.follow()
    followed.say({"n": 1}, {"n": 2})
    followed.relay.hear(followed.say({"n": 3}))
    followed.say({"n": 4})
    assert followed.seqs == [1, 2, 3]
    followed.relay.catch_up()
    assert followed.seqs == [1, 2, 3, 4]


def test_more_than_one_page_that_was_missed_is_read_to_its_end(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.relay.PAGE", 2)
    followed.follow()
    followed.say(*({"n": n} for n in range(5)))
    followed.relay.catch_up()
    assert followed.seqs == [1, 2, 3, 4, 5]


def test_what_is_told_while_a_streams_end_is_asked_for_is_not_lost(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed.say({"n": 1})
    with followed.database.reading() as session:
        ask = session.scalar

        def slowly(wish: Any) -> Any:
            found = ask(wish)
            followed.relay.hear(followed.say({"n": 2}))
            return found

        monkeypatch.setattr(session, "scalar", slowly)
        followed.relay.follow(session, followed.live_id)
    followed.relay.hear(followed.say({"n": 3}))
    assert followed.seqs == [2, 3]


def test_a_push_that_broke_is_made_good(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed.follow()
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(followed.relay, "_emit", lambda *_: 1 // 0)
        followed.relay.hear(followed.say({"n": 1}))
    followed.relay.catch_up()
    assert followed.seqs == [1]


def test_a_stream_nobody_follows_is_not_pushed(followed: Followed) -> None:
    followed.relay.hear(followed.say({"n": 1}))
    followed.follow()
    followed.relay.hear([Notice(new_id(), 1, {"seq": 1})])
    followed.relay.forget(followed.live_id)
    followed.relay.hear(followed.say({"n": 2}))
    followed.relay.catch_up()
    assert followed.pushed == []

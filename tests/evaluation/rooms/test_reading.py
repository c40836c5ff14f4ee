"""The bid reader: exact bytes of any range, in the window only, each access on record."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from evaluation import public
from evaluation.rooms import commands, reading
from evaluation.rooms.models import ReadingRow
from evaluation.rooms.states import Stage
from kernel.pure.errors import Refused
from tests.evaluation.rooms.conftest import Browser, Log, Rooms
from tests.evaluation.world import Scene

MIB = 1 << 20


@pytest.fixture
def member(rooms: Rooms, log_in: Log) -> Browser:
    """A pledged member of the present room."""
    return log_in(rooms.scene.expert(2).person.login)


def path(rooms: Rooms, number: int = 1, part: str = "technical") -> str:
    return f"/evaluations/{rooms.room_id}/bids/{number}/{part}"


def readings(scene: Scene) -> list[tuple[Any, ...]]:
    with scene.house.database.reading() as session:
        rows = session.scalars(select(ReadingRow).order_by(ReadingRow.at))
        return [(row.number, row.part, row.seat, row.first, row.last) for row in rows]


def code(answer: TestResponse) -> str:
    return str(answer.get_json()["code"])


def test_a_document_comes_back_as_it_was_sealed(rooms: Rooms, member: Browser) -> None:
    content = rooms.scene.contents[1, "technical"]
    answer = member.get(path(rooms))
    assert answer.status_code == 200
    assert answer.get_data() == content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Cache-Control"] == "no-store"
    assert readings(rooms.scene) == [(1, "technical", 2, 0, len(content) - 1)]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-65535", 0, 65535),
        ("bytes=1048560-1048591", MIB - 16, MIB + 15),
        (f"bytes={MIB - 8}-{MIB - 8}", MIB - 8, MIB - 8),
        ("bytes=2499990-", 2_499_990, 2_499_999),
        ("bytes=-10", 2_499_990, 2_499_999),
        ("bytes=2000000-99999999", 2_000_000, 2_499_999),
    ],
)
def test_a_range_is_that_range(
    rooms: Rooms, member: Browser, asked: str, first: int, last: int
) -> None:
    content = rooms.scene.contents[1, "technical"]
    answer = member.get(path(rooms), Range=asked)
    assert answer.status_code == 206
    assert answer.get_data() == content[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
    assert readings(rooms.scene) == [(1, "technical", 2, first, last)]


def test_a_range_beyond_the_end_is_refused(rooms: Rooms, member: Browser) -> None:
    answer = member.get(path(rooms), Range="bytes=2500000-")
    assert (answer.status_code, code(answer)) == (416, "EVA-2403")
    assert readings(rooms.scene) == []


@given(
    start=st.none() | st.integers(0, 120),
    end=st.none() | st.integers(0, 120),
    size=st.integers(1, 100),
)
def test_ranges_are_read_as_the_standard_says(
    start: int | None, end: int | None, size: int
) -> None:
    """RFC 9110 14.1.2, against a slice of the numbers themselves."""
    whole = list(range(size))
    asked = f"bytes={'' if start is None else start}-{'' if end is None else end}"
    if start is None and end is None:
        expected = whole
    elif start is None:
        expected = whole[-end:] if end else []
    else:
        expected = whole[start : None if end is None else end + 1]
    if not expected:
        with pytest.raises(Refused, match="EVA-2403"):
            reading.read_range(asked, size)
        return
    span = reading.read_range(asked, size)
    assert (span.first, span.last) == (expected[0], expected[-1])


@pytest.mark.parametrize("asked", [None, "", "items=0-3", "bytes=0-3,5-9", "bytes=a-b"])
def test_what_is_no_single_range_means_the_whole(asked: str | None) -> None:
    assert reading.read_range(asked, 10) == reading.Span(0, 9, 10, whole=True)


def test_the_window_opens_with_the_work_and_shuts_with_a_pause(scene: Scene, log_in: Log) -> None:
    scene.to_election()
    member = log_in(scene.expert(1).person.login)
    where = f"/evaluations/{scene.room_id}/bids/1/commercial"
    assert code(member.get(where)) == "EVA-2401"
    for seat in scene.seats:
        scene.vote(seat, 1)
    assert member.get(where).status_code == 200
    scene.order(lambda party: commands.Pause(party, "核查"))
    assert code(member.get(where)) == "EVA-2401"
    scene.order(commands.Resume)
    for stage in (Stage.QUALIFICATION, Stage.TECHNICAL, Stage.PRICE):
        scene.finish(stage)
        assert member.get(where).status_code == 200
    scene.finish(Stage.SIGNING)
    assert code(member.get(where)) == "EVA-2401"
    assert len(readings(scene)) == 4


def test_only_who_has_pledged_reads(rooms: Rooms, log_in: Log) -> None:
    scene = rooms.scene
    leaving = log_in(scene.expert(3).person.login)
    scene.recuse(3)
    assert code(leaving.get(path(rooms))) == "EVA-2001"
    successor = log_in(scene.expert(3).person.login)
    assert code(successor.get(path(rooms))) == "EVA-2002"
    scene.arrive(3)
    assert successor.get(path(rooms)).status_code == 200


def test_a_bid_of_another_room_is_not_to_be_had(rooms: Rooms, member: Browser, log_in: Log) -> None:
    elsewhere = f"/evaluations/{rooms.other}/bids/1/technical"
    assert code(member.get(elsewhere)) == "EVA-2001"
    outsider = log_in(rooms.outsider)
    assert outsider.get(elsewhere).status_code == 200
    assert code(outsider.get(path(rooms))) == "EVA-2001"


@pytest.mark.parametrize(
    ("number", "part"),
    [(9, "technical"), (1, "opening"), (1, "identity"), (1, "attachments"), (1, "x"), (0, "x")],
)
def test_what_was_not_handed_over_is_not_there(
    rooms: Rooms, member: Browser, number: int, part: str
) -> None:
    answer = member.get(path(rooms, number, part))
    assert (answer.status_code, code(answer)) == (404, "EVA-2402")


def test_changed_ciphertext_is_never_shown(rooms: Rooms, member: Browser) -> None:
    store = rooms.scene.house.blobs
    key = rooms.scene.dossier.bids[0].parts[0].blob_key
    file = store._path(key)
    raw = bytearray(file.read_bytes())
    raw[100] ^= 1
    file.write_bytes(raw)
    answer = member.get(path(rooms))
    assert (answer.status_code, code(answer)) == (502, "EVA-2405")
    file.unlink()
    assert code(member.get(path(rooms))) == "EVA-2405"
    assert readings(rooms.scene) == []


def test_a_part_does_not_open_with_another_parts_key(rooms: Rooms, member: Browser) -> None:
    """Keys are wrapped for their bid and part; rows exchanged in the database open nothing."""
    with rooms.scene.house.database.writing() as session:
        session.execute(
            text(
                "UPDATE evaluation_room_part AS one SET cek = other.cek "
                "FROM evaluation_room_part AS other "
                "WHERE one.room_id = other.room_id AND one.number = 1 AND other.number = 2 "
                "AND one.name = other.name"
            )
        )
    assert code(member.get(path(rooms))) == "EVA-2405"


def test_after_the_archive_nothing_can_be_read(rooms: Rooms, member: Browser) -> None:
    rooms.scene.do(public.close_reading, rooms.scene.dossier.lot_ref)
    answer = member.get(path(rooms))
    assert (answer.status_code, code(answer)) == (410, "EVA-2404")


def test_what_is_no_pdf_is_downloaded_not_shown(
    rooms: Rooms, member: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part may hold anything its bidder liked, a page with scripts for instance."""
    found = reading.serve

    def served(*args: Any) -> reading.Served:
        told = found(*args)
        return reading.Served(told.span, False, told.chunks)

    monkeypatch.setattr(reading, "serve", served)
    answer = member.get(path(rooms, 2, "commercial"))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_readings_are_never_changed(rooms: Rooms, member: Browser) -> None:
    member.get(path(rooms))
    for statement in ("UPDATE evaluation_reading SET seat = 1", "DELETE FROM evaluation_reading"):
        with pytest.raises(DBAPIError), rooms.scene.writing() as (session, _):
            session.execute(text(statement))


def test_memory_holds_one_chunk(rooms: Rooms) -> None:
    """The content comes in pieces of at most 1 MiB, each decrypted when it is asked for."""
    scene = rooms.scene

    def sizes(call: Any) -> list[int]:
        served = reading.serve(call, scene.room_id, 1, "technical", None)
        chunks: Iterator[bytes] = served.chunks
        return [len(chunk) for chunk in chunks]

    told = scene.call(sizes, scene.expert(1).account)
    assert sum(told) == 2_500_000 and max(told) <= MIB and len(told) == 3

"""The chain fixes every byte, place and time; gaps are found and named; WebM is entered rightly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.media import rules, webm
from kernel.media.rules import Head, Kind, Part, Recording, Span, State
from kernel.pure.errors import Refused
from tests.kernel.media.world import CLUSTER, FIRST, HEAD

BEGAN = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
HEADED = Head("a", "b", Kind.CAMERA, "video/webm", "agency", "沈砚", "正衡", BEGAN)
SIZES = st.integers(1, rules.MOST_BYTES)


def parts(lengths: list[tuple[int, int, int]]) -> list[Part]:
    """Parts with these pauses before, durations and sizes."""
    found, at = [], 0
    for no, (pause, duration, size) in enumerate(lengths):
        since = at + pause
        at = since + duration
        found.append(Part(no, since, at, size, sha256(b"%d" % no).digest()))
    return found


LENGTHS = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(1, rules.LONGEST_MS), SIZES),
    min_size=1,
    max_size=8,
)


def code(recording: Recording, part: Part, link: bytes, most: int = 1 << 40) -> str:
    try:
        rules.admit(recording, part, link, most=most)
    except Refused as refused:
        return refused.code
    return ""


@given(LENGTHS)
def test_parts_in_order_lead_to_one_root(lengths: list[tuple[int, int, int]]) -> None:
    made = parts(lengths)
    at = Recording(State.RUNNING, 0, 0, 0, HEADED.root(), 1 << 40)
    for part in made:
        tip = rules.admit(at, part, part.link(at.tip), most=1 << 40)
        at = replace(at, parts=at.parts + 1, held=at.held + part.size, tip=tip)
        at = replace(at, until_ms=part.until_ms)
    assert at.tip == rules.replay(HEADED, made)


@given(LENGTHS, st.data())
def test_any_change_of_any_part_changes_the_root(
    lengths: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    made = parts(lengths)
    place = data.draw(st.integers(0, len(made) - 1))
    field = data.draw(st.sampled_from(["no", "from_ms", "until_ms", "size", "sha256"]))
    before = getattr(made[place], field)
    after: Any = bytes(32) if field == "sha256" else before + 1
    changed = [*made]
    changed[place] = replace(made[place], **{field: after})
    assert rules.replay(HEADED, changed) != rules.replay(HEADED, made)
    assert rules.replay(replace(HEADED, name="别人"), made) != rules.replay(HEADED, made)
    if len(made) > 1:
        assert rules.replay(HEADED, made[::-1]) != rules.replay(HEADED, made)
        assert rules.replay(HEADED, made[:-1]) != rules.replay(HEADED, made)


def test_what_is_no_next_part_is_refused() -> None:
    at = Recording(State.RUNNING, 1, 100, 2000, HEADED.root(), 4000)
    part = Part(1, 2000, 4000, 10, bytes(32))
    link = part.link(at.tip)
    assert code(at, part, link) == ""
    assert code(replace(at, state=State.ENDED), part, link) == "MED-1202"
    for no in (0, 2):
        assert code(at, replace(part, no=no), link) == "MED-1203"
    for size in (0, rules.MOST_BYTES + 1):
        assert code(at, replace(part, size=size), link) == "MED-1204"
    for times in ((1999, 4000), (2000, 2000), (2000, 70_000), (19_000, 19_001)):
        odd = replace(part, from_ms=times[0], until_ms=times[1])
        assert code(at, odd, odd.link(at.tip)) == "MED-1205"
    assert code(at, part, bytes(32)) == "MED-1206"
    assert code(at, part, link, most=109) == "MED-1207"


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 9000)), min_size=1, max_size=6))
def test_picture_and_gaps_together_fill_the_time(shown: list[tuple[int, int]]) -> None:
    spans, at = [], BEGAN
    for pause, length in shown:
        since = at + timedelta(milliseconds=pause)
        at = since + timedelta(milliseconds=length)
        spans.append(Span(since, at, State.ENDED))
    found = rules.gaps(spans[::-1])
    pauses = [p for p, _ in shown[1:] if p > rules.SEAM_MS]
    assert [(gap.until - gap.since) / timedelta(milliseconds=1) for gap in found] == pauses


def test_gaps_say_why() -> None:
    def minute(number: float) -> datetime:
        return BEGAN + timedelta(minutes=number)

    stood = rules.inner_gaps(parts([(0, 2000, 1), (500, 2000, 1), (4000, 2000, 1)]), BEGAN)
    assert [(s - BEGAN, u - BEGAN) for s, u in stood] == [
        (timedelta(seconds=4.5), timedelta(seconds=8.5))
    ]
    found = rules.gaps(
        [
            Span(minute(0), minute(1), State.ENDED, stood),
            Span(minute(2), minute(3), State.BROKEN_OFF),
            Span(minute(5), minute(6), State.RUNNING),
        ]
    )
    assert [gap.cause for gap in found] == ["stalled", "stopped", "broken_off"]


def test_a_stream_is_entered_at_its_beginning_and_at_clusters() -> None:
    assert webm.beginning(FIRST) == len(HEAD)
    assert webm.entry(FIRST) == len(HEAD)
    assert webm.entry(b"tail of the last" + CLUSTER) == 16
    assert webm.entry(CLUSTER[:4] + b"\x00\x00\x00\x00") is None
    for wrong in (b"", b"\x00", HEAD, b"<html>", HEAD[:9], FIRST[1:]):
        assert webm.beginning(wrong) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_to_an_end(content: bytes) -> None:
    for text in (content, HEAD[:4] + content, HEAD + content):
        found = webm.beginning(text)
        assert found is None or text[found:].startswith(CLUSTER[:4])
        webm.entry(text)


@pytest.mark.parametrize("field", ["id", "about", "mime", "role", "name", "organisation"])
def test_the_head_fixes_who_and_what(field: str) -> None:
    other: Any = "x"
    assert replace(HEADED, **{field: other}).root() != HEADED.root()

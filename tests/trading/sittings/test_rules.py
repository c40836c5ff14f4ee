"""Pace, words and chair as pure rules."""

import unicodedata
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.pure.errors import Refused
from trading.sittings.rules import (
    Bucket,
    Chair,
    Official,
    Talk,
    clean,
    in_office,
    name,
    preside,
    spend,
    take_over,
)

TALK = Talk(characters=300, burst=3, seconds=4)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
PEOPLE = [Official(UUID(int=n), f"人{n}", "代理") for n in range(4)]


@given(st.lists(st.floats(0, 9), max_size=60))
@settings(max_examples=60)
def test_nobody_says_more_than_the_bucket_allows(gaps: list[float]) -> None:
    bucket, now, said = None, NOON, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        try:
            bucket = spend(TALK, bucket, now)
        except Refused as refused:
            assert refused.code == "SIT-1103"
            assert bucket is not None
            # Whoever waits as long as told may speak.
            spend(TALK, bucket, now + timedelta(seconds=int(str(refused.facts["seconds"]))))
        else:
            said.append(now)
    for index, first in enumerate(said):
        for count, last in enumerate(said[index:], start=1):
            allowed = TALK.burst + (last - first).total_seconds() / TALK.seconds
            assert count <= allowed + 1e-6


def test_a_clock_that_went_back_gives_nothing() -> None:
    assert spend(TALK, Bucket(2, NOON), NOON - timedelta(days=1)).left == 1


@given(st.text(max_size=80))
def test_a_line_is_plain_text(words: str) -> None:
    try:
        line = clean(words, 300)
    except Refused as refused:
        assert refused.code == "SIT-1104"
        return
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for each in line)
    assert clean(line, 300) == line


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("报价\u202e0001\u202c元", "报价0001元"),
        ("a\u2066b\u2069\u200b\ufeffc", "abc"),
        ("第一行\n\n第二行\x1b[31m", "第一行 第二行[31m"),
        ("<b>粗</b>&amp;", "<b>粗</b>&amp;"),
        ("e\u0301", "é"),
        ("\ud800好", "好"),
    ],
)
def test_what_steers_a_screen_is_taken_out(words: str, kept: str) -> None:
    assert clean(words, 300) == kept


@pytest.mark.parametrize("words", ["", " \n\t", "\u202e\u200b", "长" * 301])
def test_nothing_and_too_much_are_refused(words: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(words, 300)
    assert refused.value.code == "SIT-1104"


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["preside", "take_over", "name"]),
        st.sampled_from(PEOPLE),
        st.sampled_from(PEOPLE),
        st.sampled_from([None, *PEOPLE]),
        st.booleans(),
    ),
    max_size=30,
)


@given(ACTS)
@settings(max_examples=80)
def test_one_presides_and_only_by_office(
    acts: list[tuple[str, Official, Official, Official | None, bool]],
) -> None:
    """However the acts come: one at a time, no person twice, nobody ousted by a host's act."""
    chair = Chair()
    for act, who, host, deputy, begun in acts:
        before = chair
        try:
            if act == "preside":
                chair = preside(chair, who)
                assert before.acting in {None, who}
            elif act == "take_over":
                chair = take_over(chair, who)
                assert before.deputy is None or who in {before.host, before.deputy}
            else:
                chair = name(chair, who, host, deputy, begun=begun)
                assert not (begun and before.acting) or chair.acting == before.acting == who
        except Refused:
            assert chair == before
            continue
        if act != "name":
            assert chair.acting == who
        assert chair.host != chair.deputy or chair.host is None
        assert chair.acting is not None
        in_office(chair, chair.acting)


def test_a_colleague_without_office_watches() -> None:
    chair = Chair(PEOPLE[0], PEOPLE[1])
    in_office(chair, PEOPLE[1])
    in_office(Chair(), PEOPLE[3])
    with pytest.raises(Refused) as refused:
        in_office(chair, PEOPLE[3])
    assert refused.value.code == "SIT-1001"

"""Hostile sheets: whatever arrives is read, judged or refused by name, and never raises else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring import sheets as forms
from evaluation.scoring.sheets import CLASSES, Mark, SheetStage
from kernel.pure import jcs
from kernel.pure.errors import Refused
from tests.evaluation.scoring.cases import LOWEST, PLAN, place
from tests.evaluation.scoring.world import write_text

PLACE = place(SheetStage.TECHNICAL, 4, 2)
GOOD = {"scheme": Mark("8.5", "好"), "team": Mark("30", "")}

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=3000))
def test_any_padding_survives_and_its_size_is_a_class(text: bytes) -> None:
    padded = forms.padded(text)
    assert len(padded) in CLASSES
    assert forms.unpadded(padded) == text


def test_a_text_beyond_every_size_is_refused() -> None:
    assert forms.unpadded(forms.padded(b"x" * (CLASSES[-1] - 4))) == b"x" * (CLASSES[-1] - 4)
    with pytest.raises(ValueError, match="64 KiB"):
        forms.padded(b"x" * (CLASSES[-1] - 3))


@given(st.binary(max_size=200) | st.binary(min_size=4096, max_size=4096))
def test_any_bytes_unpad_or_are_unreadable(raw: bytes) -> None:
    try:
        forms.unpadded(raw)
    except Refused as fault:
        assert fault.code == "EVA-1211"


def test_anything_after_the_text_is_refused() -> None:
    raw = bytearray(forms.padded(b"{}"))
    raw[-1] = 1
    with pytest.raises(Refused, match="EVA-1211"):
        forms.unpadded(bytes(raw))


@given(st.binary(max_size=200) | values.map(jcs.canonical))
def test_any_text_reads_or_is_unreadable(text: bytes) -> None:
    with pytest.raises(Refused, match="EVA-1211"):
        forms.read(text)


@given(values, st.sampled_from(["room", "stage", "seat", "bid", "marks", "salt", "format"]))
def test_any_value_in_any_field_is_read_or_refused_by_name(value: Any, field: str) -> None:
    told = jcs.parse(write_text(PLACE, GOOD))
    assert isinstance(told, dict)
    try:
        sheet = forms.read(jcs.canonical(told | {field: value}))
        forms.judge(sheet, PLAN, PLACE)
    except Refused as fault:
        assert "EVA-1211" <= fault.code <= "EVA-1218"


@given(st.text(max_size=20))
def test_any_text_as_a_mark_is_in_range_on_step_or_refused(value: str) -> None:
    sheet = forms.Sheet(PLACE, GOOD | {"scheme": Mark(value, "")})
    try:
        forms.judge(sheet, PLAN, PLACE)
    except Refused as fault:
        assert fault.code in {"EVA-1216", "EVA-1217"}
        assert value not in fault.facts.values() or value in {"0", "30", "0.5", "方案"}
    else:
        assert (float(value) * 2).is_integer()
        assert 0 <= float(value) <= 30


@pytest.mark.parametrize("value", ["0", "0.5", "8.5", "29.5", "30"])
def test_marks_on_the_steps_count(value: str) -> None:
    marks = GOOD | {"scheme": Mark(value, "")}
    forms.judge(forms.read(write_text(PLACE, marks)), PLAN, PLACE)


@pytest.mark.parametrize(
    ("value", "code"),
    [("50000001", "EVA-1216"), ("1.5", "EVA-1216"), ("-1", "EVA-1216"), ("007", "EVA-1216")],
)
def test_deviations_are_whole_fen_within_their_bound(value: str, code: str) -> None:
    marks = {"payment": Mark(value, ""), "period": Mark("0", "")}
    with pytest.raises(Refused, match=code):
        forms.judge(forms.Sheet(PLACE, marks), LOWEST, PLACE)


def test_a_long_note_is_unreadable_and_the_longest_counts() -> None:
    marks = GOOD | {"team": Mark("30", "长" * 200)}
    assert forms.read(write_text(PLACE, marks)).marks["team"].note == "长" * 200
    with pytest.raises(Refused, match="EVA-1211"):
        forms.read(write_text(PLACE, GOOD | {"team": Mark("30", "长" * 201)}))

"""Canonical JSON against the independent rfc8785 package, and what it refuses."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure import jcs
from kernel.pure.errors import Refused

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-jcs.SAFE_INTEGER, jcs.SAFE_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_same_bytes_as_the_other_implementation(value: jcs.JsonValue) -> None:
    raw = jcs.canonical(value)
    assert raw == rfc8785.dumps(value)
    assert jcs.parse(raw) == value


def test_names_sort_by_utf16_units() -> None:
    # U+FB33 comes after U+1F600 in UTF-16, before it in code points.
    assert jcs.canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "value", [1.0, 2**53, b"x", {1: 2}, "\ud800", {"\ud800": 1}, {1, 2}, [float("nan")]]
)
def test_values_outside_the_subset_are_refused(value: object) -> None:
    with pytest.raises(Refused, match="ENV-1001"):
        jcs.canonical(value)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"1.0", b"1e3", b"NaN", b"-Infinity", b"\xff", b"[" * 5000, b"9" * 5000],
)
def test_no_json_of_the_subset(raw: bytes) -> None:
    with pytest.raises(Refused, match="ENV-1001"):
        jcs.parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b"[1]\n",
        b'"\\u0041"',
        b'"\\/"',
        b"-0",
        b'"\\u001F"',
    ],
)
def test_json_in_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="ENV-1002"):
        jcs.parse(raw)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_canonical(raw: bytes) -> None:
    try:
        value = jcs.parse(raw)
    except Refused as refusal:
        assert refusal.code in {"ENV-1001", "ENV-1002"}
    else:
        assert jcs.canonical(value) == raw

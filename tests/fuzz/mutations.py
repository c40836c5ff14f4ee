"""Bytes near to right ones: what Hypothesis tries on a target."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

TOKENS = (
    *(b"null", b"true", b"{}", b"[]", b'""', b"-1", b"0", b"1e999", b"9007199254740993"),
    *(b"9" * 5000, b"\\ud800", b"\xff", b"\x00", b"\n\n", b"\xe2\x80\x94 ", b"[" * 3000),
    *(
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"\xff\xff\xff\xff",
        b"4294967295",
        b"\x30\x84\xff\xff\xff\xff",
    ),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=140) | st.floats(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every value inside."""
    found = [at] if at else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += paths(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*at, index))
    return found


@st.composite
def near(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed with a value exchanged or pieces cut, doubled, overwritten; or no seed at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=400))
    data = draw(st.sampled_from(seeds))
    if draw(st.booleans()):
        exchanged = _exchanged(draw, data)
        if exchanged is not None:
            return exchanged
    for _ in range(draw(st.integers(1, 4))):
        data = _cut(draw, data)
    return data


def _exchanged(draw: st.DrawFn, data: bytes) -> bytes | None:
    """JSON with one value replaced by any other or left out; canonical as far as may be."""
    head = data[:1] if data[:1] not in (b"{", b"[") else b""
    try:
        value: Any = json.loads(data[len(head) :])
    except ValueError:
        return None
    ways = paths(value)
    if not ways:
        return None
    *way, last = draw(st.sampled_from(ways))
    place = value
    for step in way:
        place = place[step]
    if draw(st.integers(0, 4)) == 0:
        del place[last]
    else:
        place[last] = draw(ANYTHING)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return head + text.encode("utf-8", "surrogatepass")


def _cut(draw: st.DrawFn, data: bytes) -> bytes:
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.sampled_from((0, 1, 2, 4, 16, 200))))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return data[:start] + data[end:]
    if kind == 1:
        return data[:end] + data[start:end] + data[end:]
    filler = draw(st.sampled_from(TOKENS) if kind == 2 else st.binary(min_size=1, max_size=8))
    return data[:start] + filler + data[end:]

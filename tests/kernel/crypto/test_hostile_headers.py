"""Whatever bytes come as a header are refused by code or read: never another error."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.crypto import sealing
from kernel.pure import envelope, jcs
from kernel.pure.errors import Refused
from kernel.pure.header import PartName
from tests.sealing_writer import Committee, write_envelope

WRITTEN = write_envelope(Committee(threshold=2, count=3).policy())
VALUE: dict[str, Any] = json.loads(WRITTEN.raw)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=140) | st.floats(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def _paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at] if at else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += _paths(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += _paths(inner, (*at, index))
    return found


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_paths(VALUE)), ANYTHING)
def test_any_value_in_any_field(path: tuple[str | int, ...], value: object) -> None:
    changed = json.loads(WRITTEN.raw)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    raw = json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        header = envelope.parse_header(raw.encode("utf-8", "surrogatepass"))
    except Refused:
        return
    # Only the salts, hashes and ciphertexts are free to be anything; those the signature holds.
    assert header.raw != WRITTEN.raw or changed == VALUE
    envelope.commitment(header, WRITTEN.signature)
    envelope.binding_message(header)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WRITTEN.raw) - 1), st.integers(1, 255))
def test_no_flipped_byte_is_accepted(at: int, mask: int) -> None:
    raw = bytearray(WRITTEN.raw)
    raw[at] ^= mask
    try:
        sealing.verify_header(bytes(raw), WRITTEN.signature)
    except Refused as refused:
        code = refused.code
    else:
        code = "accepted"
    assert code.startswith("ENV-10")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=70_000), max_size=3))
def test_any_chunks_are_refused_by_code(chunks: list[bytes]) -> None:
    secrets = sealing.Secrets(open=WRITTEN.s_open, holder=WRITTEN.s_holder)
    try:
        sealing.read_json(WRITTEN.header, PartName.OPENING, secrets, chunks)
    except Refused as refused:
        code = refused.code
    else:
        code = "accepted"
    assert code in {"ENV-2003", "ENV-2004"}


@given(st.binary(max_size=300))
def test_any_bytes_at_all(raw: bytes) -> None:
    try:
        envelope.parse_header(raw)
    except Refused as refused:
        code = refused.code
    else:
        code = "accepted"
    assert code in {"ENV-1001", "ENV-1002", "ENV-1003"}


def test_a_deep_header_does_not_exhaust_the_stack() -> None:
    for raw in (b"[" * 60_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000):
        try:
            jcs.parse(raw)
        except Refused as refused:
            assert refused.code == "ENV-1001"

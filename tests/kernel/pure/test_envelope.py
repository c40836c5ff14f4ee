"""Sizes, nonces and key schedule of the envelope; HKDF against the RFC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure import envelope, hkdf
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, MAX_PART, SMALL, Context, Part, PartName

CONTEXT = Context(
    envelope_id="00" * 16,
    tender="01999999-0000-7000-8000-000000000002",
    lot="01999999-0000-7000-8000-000000000001",
    stage=1,
    pseudonym="11" * 32,
    sequence=1,
    policy_digest="22" * 32,
)


def test_hkdf_of_rfc_5869_case_1() -> None:
    okm = hkdf.derive(b"\x0b" * 22, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    assert okm.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_hkdf_of_rfc_5869_case_3_without_salt_and_info() -> None:
    okm = hkdf.derive(b"\x0b" * 22, salt=b"", info=b"", length=42)
    assert okm.hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
    with pytest.raises(ValueError, match="cannot give"):
        hkdf.expand(bytes(32), b"", 8161)


@given(st.integers(0, MAX_PART - 8))
def test_classes_hold_the_content_and_waste_at_most_an_eighth(content: int) -> None:
    padded = envelope.size_class(content)
    assert content + 8 <= padded <= max((content + 8) * 9 // 8 + 1, content + 8 + CHUNK)
    assert padded % CHUNK == 0
    assert envelope.size_class(padded - 8) == padded
    assert envelope.chunk_count(padded) == padded // CHUNK


def test_structured_parts_have_one_class() -> None:
    assert envelope.size_class(0, small=True) == SMALL
    assert envelope.chunk_count(SMALL) == 1
    for content, small in ((SMALL - 7, True), (MAX_PART - 7, False), (-9, False), (-9, True)):
        with pytest.raises(Refused, match="ENV-1008"):
            envelope.size_class(content, small=small)


@given(
    st.binary(min_size=12, max_size=12),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.booleans()), unique=True, min_size=2),
)
def test_no_two_chunks_share_a_nonce(base: bytes, places: list[tuple[int, bool]]) -> None:
    nonces = {envelope.nonce(base, index, last=last) for index, last in places}
    assert len(nonces) == len(places)


def test_keys_differ_by_part_salt_and_context() -> None:
    part = Part(PartName.TECHNICAL, CHUNK, bytes(32), bytes(32), 1, bytes(32))
    other_salt = Part(PartName.TECHNICAL, CHUNK, b"\x01" * 32, bytes(32), 1, bytes(32))
    other_part = Part(PartName.COMMERCIAL, CHUNK, bytes(32), bytes(32), 1, bytes(32))
    cek = envelope.part_cek(PartName.TECHNICAL, CONTEXT, secret=bytes(64))
    keys = {envelope.part_keys(p, CONTEXT, cek=cek).key for p in (part, other_salt, other_part)}
    assert len(keys) == 3
    assert cek != envelope.part_cek(PartName.COMMERCIAL, CONTEXT, secret=bytes(64))
    assert envelope.part_keys(part, CONTEXT, cek=cek).commitment not in keys

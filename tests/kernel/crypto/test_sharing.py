"""Any m shares rebuild the secret, fewer do not, and a wrong one names its trustee."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.crypto import sharing
from kernel.pure import shamir
from kernel.pure.errors import Refused


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(1, 7), st.data())
def test_any_m_of_n(secret: bytes, count: int, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(1, count))
    shares = dict(enumerate(sharing.split(secret, threshold=threshold, count=count), start=1))
    hashes = {index: sha256(share).digest() for index, share in shares.items()}
    chosen = data.draw(st.sets(st.sampled_from(sorted(shares)), min_size=threshold))
    rebuilt = sharing.rebuild(
        {index: shares[index] for index in chosen},
        hashes=hashes,
        threshold=threshold,
        secret_hash=sha256(secret).digest(),
    )
    assert rebuilt == secret
    fewer = dict(list(shares.items())[: threshold - 1])
    with pytest.raises(Refused, match="ENV-3003"):
        sharing.rebuild(
            fewer, hashes=hashes, threshold=threshold, secret_hash=sha256(secret).digest()
        )


def test_sizes_outside_the_field_are_mistakes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sharing.split(b"short", threshold=2, count=3)
    with pytest.raises(ValueError, match="threshold"):
        sharing.split(bytes(32), threshold=4, count=3)
    with pytest.raises(Refused, match="ENV-3001"):
        sharing.check_share(b"", sha256(b"").digest(), trustee=1)


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(1, 5))
def test_rebuilding_without_a_library_agrees(secret: bytes, threshold: int) -> None:
    shares = sharing.split(secret, threshold=threshold, count=threshold + 2)
    chosen = dict(list(enumerate(shares, start=1))[2:])
    assert shamir.combine(chosen) == secret


def test_shares_of_another_size_are_mistakes() -> None:
    for wrong in ({}, {1: b"short"}):
        with pytest.raises(ValueError, match="32 bytes"):
            shamir.combine(wrong)

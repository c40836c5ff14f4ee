"""Tokens and sealed payers: opened by the token or the worker, by nobody else, nowhere else."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from escrow.bookings import seals
from escrow.bookings.rules import Party
from kernel.secrets import Keys

PARTY = Party("霁川交通规划设计研究院有限公司", "3301040160000521738", personal=False)


def test_a_token_opens_what_was_sealed_to_it() -> None:
    raw = seals.token_bytes(seals.new_token())
    assert raw is not None
    key = seals.token_key(raw)
    sealed = seals.seal_party(seals.public_bytes(key), PARTY, bank_ref="YL1")
    assert seals.open_party(seals.token_key(raw), sealed, bank_ref="YL1") == PARTY
    assert PARTY.account.encode() not in sealed
    with pytest.raises(ValueError, match="open"):
        seals.open_party(key, sealed, bank_ref="YL2")
    with pytest.raises(ValueError, match="open"):
        seals.open_party(ec.generate_private_key(ec.SECP256R1()), sealed, bank_ref="YL1")
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(ValueError, match="open"):
        seals.open_party(key, altered, bank_ref="YL1")


def test_the_length_tells_no_name() -> None:
    key = seals.public_bytes(seals.token_key(bytes(32)))
    short = seals.seal_party(key, Party("甲", "1"), bank_ref="YL1")
    assert len(short) == len(seals.seal_party(key, PARTY, bank_ref="YL1"))


def test_the_workers_key_is_the_installations(tmp_path: Path) -> None:
    one, again = (seals.public_bytes(seals.worker_key(Keys(tmp_path))) for _ in range(2))
    other = seals.public_bytes(seals.worker_key(Keys(tmp_path / "other")))
    assert one == again != other


@pytest.mark.parametrize("text", ["", "abc", "é" * 43, "A" * 42, "A" * 44, "=" * 43, "A+/" * 14])
def test_what_is_no_token(text: str) -> None:
    assert seals.token_bytes(text) is None


def test_tokens_differ_and_hash_apart_from_their_keys() -> None:
    tokens = {seals.new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {43}
    raw = seals.token_bytes(tokens.pop())
    assert raw is not None
    assert seals.token_hash(raw) != raw

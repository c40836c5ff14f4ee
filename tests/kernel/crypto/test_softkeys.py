"""Soft key files open with their passphrase and no other, and damaged files say so."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto import softkeys
from kernel.crypto.signatures import public_bytes
from kernel.pure.errors import Refused

KEY = ec.generate_private_key(ec.SECP256R1())
FILE = softkeys.write(KEY, "正确的口令", iterations=1000)


def test_a_file_opens_with_its_passphrase_only() -> None:
    assert public_bytes(softkeys.read(FILE, "正确的口令")) == public_bytes(KEY)
    with pytest.raises(Refused, match="ENV-5001"):
        softkeys.read(FILE, "别的口令")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "pem"},
        {"iv": "00"},
        {"ciphertext": "zz"},
        {"ciphertext": "00" * 600},
        {"extra": 1},
        {"kdf": {"name": "PBKDF2-SHA256", "iterations": 10**9, "salt": "00" * 16}},
    ],
)
def test_files_of_another_form_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(Refused, match="ENV-5002"):
        softkeys.read({**FILE, **change}, "正确的口令")


def test_the_public_key_is_bound_to_the_file() -> None:
    other = public_bytes(ec.generate_private_key(ec.SECP256R1())).hex()
    with pytest.raises(Refused, match="ENV-5001"):
        softkeys.read({**FILE, "public": other}, "正确的口令")

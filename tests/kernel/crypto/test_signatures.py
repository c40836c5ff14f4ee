"""Raw P-256 signatures and Ed25519: right ones hold, everything else is just false."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kernel.crypto.signatures import (
    public_bytes,
    sign_ed25519,
    sign_p256,
    verify_ed25519,
    verify_p256,
)

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = public_bytes(KEY)


@given(st.binary(max_size=80))
def test_p256_signatures_hold_for_their_message_only(message: bytes) -> None:
    signature = sign_p256(KEY, message)
    assert len(signature) == 64
    assert verify_p256(PUBLIC, message, signature)
    assert not verify_p256(PUBLIC, message + b"x", signature)


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_any_bytes_are_an_answer_not_an_error(public: bytes, signature: bytes) -> None:
    assert not verify_p256(public, b"m", signature)
    assert not verify_p256(PUBLIC, b"m", signature)
    assert not verify_ed25519(public, b"m", signature)


def test_ed25519() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = sign_ed25519(key, b"checkpoint")
    assert verify_ed25519(public, b"checkpoint", signature)
    assert not verify_ed25519(public, b"checkpoin", signature)

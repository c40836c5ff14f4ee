"""SM2 and SM4 against published vectors, each other's implementations, and altered bytes."""

import os

import gmssl_pyx
import pytest

from kernel.crypto import sm

# GB/T 32918.5, annex A: the key pair of the signature example.
PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)


def test_the_public_half_is_that_of_the_standard() -> None:
    seed = (int(PRIVATE, 16) - 1).to_bytes(32, "big")
    assert (sm.derive(seed).private.hex(), sm.derive(seed).public.hex()) == (PRIVATE, PUBLIC)


def test_a_signature_is_its_keys_and_its_messages() -> None:
    key, other = sm.derive(os.urandom(32)), sm.derive(os.urandom(32))
    signature = key.sign("保证金".encode())
    assert sm.holds(key.public, signature, "保证金".encode())
    assert not sm.holds(other.public, signature, "保证金".encode())
    assert not sm.holds(key.public, signature, b"else")
    for broken in (b"", b"x", signature[:-1], signature + b"x"):
        assert not sm.holds(key.public, broken, "保证金".encode())
    assert not sm.holds(b"short", signature, "保证金".encode())


def test_a_sealed_key_opens_for_its_addressee_alone() -> None:
    key, other = sm.derive(os.urandom(32)), sm.derive(os.urandom(32))
    sealed = sm.seal_to(key.public, b"k" * 16)
    assert key.open(sealed) == b"k" * 16
    with pytest.raises(ValueError, match="open"):
        other.open(sealed)
    with pytest.raises(ValueError, match="open"):
        key.open(sealed[:-1])


def test_sm4_is_the_same_in_two_libraries() -> None:
    key = os.urandom(sm.KEY_BYTES)
    sealed = sm.encrypt(key, b"body" * 99)
    iv, body, tag = sealed[:12], sealed[12:-16], sealed[-16:]
    assert gmssl_pyx.sm4_gcm_decrypt(key, iv, b"", body, tag) == b"body" * 99
    assert sm.decrypt(key, sealed) == b"body" * 99


@pytest.mark.parametrize("at", [0, 12, -1], ids=["iv", "body", "tag"])
def test_an_altered_byte_does_not_open(at: int) -> None:
    key = os.urandom(sm.KEY_BYTES)
    sealed = bytearray(sm.encrypt(key, b"body"))
    sealed[at] ^= 1
    with pytest.raises(ValueError, match="open"):
        sm.decrypt(key, bytes(sealed))
    with pytest.raises(ValueError, match="open"):
        sm.decrypt(key, b"short")


def test_no_key_is_told_by_its_repr() -> None:
    assert PRIVATE[:16] not in repr(sm.derive(b"\x07" * 32))
    assert "private" not in repr(sm.derive(b"\x07" * 32))

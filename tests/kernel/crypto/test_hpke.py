"""HPKE: the RFC's key pairs, an independent implementation both ways, and refusals."""

from __future__ import annotations

import os

import pytest
from Crypto.Protocol import HPKE
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from kernel.crypto import hpke
from kernel.crypto.signatures import public_bytes
from kernel.pure.errors import Refused

INFO = b"Ode on a Grecian Urn"


@pytest.mark.parametrize(
    ("ikm", "private", "x"),
    [
        (
            "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e",
            "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
            "a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9",
        ),
        (
            "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550",
            "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
            "fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82",
        ),
    ],
)
def test_key_pairs_of_rfc_9180_a3(ikm: str, private: str, x: str) -> None:
    key = hpke.derive_key_pair(bytes.fromhex(ikm))
    assert key.private_numbers().private_value == int(private, 16)
    assert public_bytes(key)[1:33].hex() == x


def test_the_other_implementation_opens_the_vector_of_rfc_9180_a3() -> None:
    """So that agreeing with it below means agreeing with the RFC."""
    key = _pycryptodome(
        hpke.derive_key_pair(
            bytes.fromhex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550")
        )
    )
    enc = bytes.fromhex(
        "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
        "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
    )
    opener = HPKE.new(receiver_key=key, aead_id=HPKE.AEAD.AES128_GCM, enc=enc, info=INFO)
    ciphertext = bytes.fromhex(
        "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"
    )
    assert opener.unseal(ciphertext, b"Count-0") == b"Beauty is truth, truth beauty"


def test_both_implementations_open_each_other() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = _pycryptodome(key)
    plaintext = os.urandom(64)
    enc, ciphertext = hpke.seal(public_bytes(key), plaintext, info=INFO)
    opener = HPKE.new(receiver_key=other, aead_id=HPKE.AEAD.AES256_GCM, enc=enc, info=INFO)
    assert opener.unseal(ciphertext) == plaintext
    sealer = HPKE.new(receiver_key=other.public_key(), aead_id=HPKE.AEAD.AES256_GCM, info=INFO)
    sealed = sealer.seal(plaintext)
    assert hpke.unseal(key, sealer.enc, sealed, info=INFO) == plaintext


def test_another_key_info_or_bit_is_refused() -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    enc, ciphertext = hpke.seal(public_bytes(key), b"share", info=INFO)
    flipped = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    for wrong_key, wrong_enc, wrong_text, wrong_info in (
        (other, enc, ciphertext, INFO),
        (key, enc, ciphertext, b"other"),
        (key, enc, flipped, INFO),
        (key, bytes(65), ciphertext, INFO),
        (key, enc, b"", INFO),
    ):
        with pytest.raises(Refused, match="ENV-3101"):
            hpke.unseal(wrong_key, wrong_enc, wrong_text, info=wrong_info)
    with pytest.raises(ValueError, match="65 bytes"):
        hpke.seal(b"\x04", b"x", info=INFO)
    with pytest.raises(ValueError, match="at least 32"):
        hpke.derive_key_pair(b"short")


def _pycryptodome(key: ec.EllipticCurvePrivateKey) -> ECC.EccKey:
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ECC.import_key(der)

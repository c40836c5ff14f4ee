"""HPKE (RFC 9180) base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from kernel.crypto.signatures import load_public
from kernel.pure import hkdf
from kernel.pure.errors import Refused

ENC: Final = 65
_SUITE: Final = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_KEM_ID: Final = b"KEM" + (0x0010).to_bytes(2, "big")
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def seal(public_key: bytes, plaintext: bytes, *, info: bytes) -> tuple[bytes, bytes]:
    """Encrypt once to a raw P-256 key: encapsulated key (65 bytes) and ciphertext.

    Raises ValueError when the key is no point of the curve.
    """
    sealed = _SUITE.encrypt(plaintext, load_public(public_key), info)
    return sealed[:ENC], sealed[ENC:]


def unseal(
    private_key: ec.EllipticCurvePrivateKey, enc: bytes, ciphertext: bytes, *, info: bytes
) -> bytes:
    """Decrypt what `seal` made. Refuses ENV-3101: another key, another info, or damaged bytes."""
    try:
        return _SUITE.decrypt(enc + ciphertext, private_key, info)
    except (InvalidTag, ValueError):
        raise Refused("ENV-3101") from None


def derive_key_pair(ikm: bytes) -> ec.EllipticCurvePrivateKey:
    """DeriveKeyPair of RFC 9180 7.1.3 for P-256; `ikm` has at least 32 bytes."""
    if len(ikm) < 32:
        raise ValueError("a seed has at least 32 bytes")
    prk = hkdf.extract(b"", b"HPKE-v1" + _KEM_ID + b"dkp_prk" + ikm)
    for counter in range(256):
        label = (32).to_bytes(2, "big") + b"HPKE-v1" + _KEM_ID + b"candidate" + bytes([counter])
        scalar = int.from_bytes(hkdf.expand(prk, label, 32), "big")
        if 0 < scalar < _ORDER:
            return ec.derive_private_key(scalar, ec.SECP256R1())
    raise ValueError("no candidate below the order")

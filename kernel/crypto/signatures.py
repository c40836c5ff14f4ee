"""ECDSA over P-256 with raw r‖s signatures, and Ed25519: bids, releases, log."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT: Final = 65
RAW: Final = 64


def load_public(public_key: bytes) -> ec.EllipticCurvePublicKey:
    """A raw uncompressed P-256 point. Raises ValueError when it is none."""
    if len(public_key) != POINT:
        raise ValueError("a P-256 public key has 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)


def public_bytes(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """The raw uncompressed point, 65 bytes."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def verify_p256(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (r‖s, 64 bytes) is ECDSA-SHA-256 of `message` by the raw `public_key`."""
    if len(signature) != RAW:
        return False
    number_r, number_s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key = load_public(public_key)
        key.verify(encode_dss_signature(number_r, number_s), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_p256(private_key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA-SHA-256 of `message` as r‖s, 64 bytes."""
    number_r, number_s = decode_dss_signature(private_key.sign(message, ec.ECDSA(SHA256())))
    return number_r.to_bytes(32, "big") + number_s.to_bytes(32, "big")


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is Ed25519 of `message` by the raw 32-byte `public_key`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_ed25519(private_key: Ed25519PrivateKey, message: bytes) -> bytes:
    """Ed25519 signature, 64 bytes."""
    return private_key.sign(message)

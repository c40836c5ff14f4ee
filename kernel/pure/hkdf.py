"""HKDF with SHA-256 (RFC 5869) from the standard library, for key schedules checked offline."""

from __future__ import annotations

import hmac
from hashlib import sha256

_LENGTH = 32


def extract(salt: bytes, ikm: bytes) -> bytes:
    """HKDF-Extract: 32 bytes."""
    return hmac.digest(salt or bytes(_LENGTH), ikm, "sha256")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand to `length` bytes, at most 8160."""
    if not 0 < length <= 255 * _LENGTH:
        raise ValueError(f"HKDF cannot give {length} bytes")
    output = block = b""
    counter = 1
    while len(output) < length:
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        output += block
        counter += 1
    return output[:length]


def derive(ikm: bytes, *, salt: bytes, info: bytes, length: int = _LENGTH) -> bytes:
    """Extract, then expand."""
    return expand(extract(salt, ikm), info, length)


def labelled_hash(label: bytes, *parts: bytes) -> bytes:
    """SHA-256(label ‖ parts): every digest of this protocol begins with its own label."""
    return sha256(label + b"".join(parts)).digest()

"""Rebuilding a committee secret from its shares without any library: what the offline check needs.

GF(2^128) with x^128 + x^7 + x^2 + x + 1; a share is two 16-byte halves (sealed-bid-envelope.md 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_POLYNOMIAL: Final = (1 << 128) | 0x87
_HALF: Final = 16


def combine(shares: Mapping[int, bytes]) -> bytes:
    """32 bytes from exactly the threshold's number of shares by trustee index.

    Wrong shares give garbage: compare with the secret's hash. Raises ValueError on other sizes.
    """
    if not shares or any(len(share) != 2 * _HALF for share in shares.values()):
        raise ValueError("shares have 32 bytes")
    return b"".join(
        _combine({index: share[start : start + _HALF] for index, share in shares.items()})
        for start in (0, _HALF)
    )


def _combine(shares: Mapping[int, bytes]) -> bytes:
    secret = 0
    for index, share in shares.items():
        numerator = denominator = 1
        for other in shares:
            if other != index:
                numerator = _multiply(numerator, other)
                denominator = _multiply(denominator, index ^ other)
        weight = _multiply(numerator, _inverse(denominator))
        secret ^= _multiply(int.from_bytes(share, "big"), weight)
    return secret.to_bytes(_HALF, "big")


def _multiply(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left >> 128:
            left ^= _POLYNOMIAL
        right >>= 1
    return product


def _inverse(value: int) -> int:
    """value^(2^128 − 2)."""
    result = 1
    for _ in range(127):
        value = _multiply(value, value)
        result = _multiply(result, value)
    return result

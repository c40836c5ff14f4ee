"""SM2 signatures and key transport, SM4-GCM (GB/T 32918, 32907), for banks that ask for them.

The library signs and seals but cannot tell a public key from a private one; that one
multiplication is ours.
"""

import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import gmssl_pyx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
KEY_BYTES: Final = 16
IV_BYTES: Final = 12
TAG_BYTES: Final = 16

_Point = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """A key pair: 32 bytes private, 64 bytes public (x ‖ y)."""

    private: bytes = field(repr=False)
    public: bytes

    def sign(self, message: bytes) -> bytes:
        """SM2 with SM3 and the default signer's id; DER."""
        return bytes(gmssl_pyx.sm2_sign(self.private, self.public, message))

    def open(self, sealed: bytes) -> bytes:
        """Undo `seal_to`. Raises ValueError."""
        try:
            return bytes(gmssl_pyx.sm2_decrypt(self.private, sealed))
        except Exception as error:
            raise ValueError("sealed bytes do not open here") from error


@lru_cache(maxsize=16)
def derive(seed: bytes) -> Sm2Key:
    """The key pair of 32 secret bytes; the same seed gives the same pair."""
    scalar = 1 + int.from_bytes(seed, "big") % (_N - 2)
    point = _multiply(scalar)
    assert point is not None
    public = b"".join(part.to_bytes(32, "big") for part in point)
    return Sm2Key(scalar.to_bytes(32, "big"), public)


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a DER signature is this key's over `message`."""
    try:
        return bool(gmssl_pyx.sm2_verify(public, message, signature))
    except Exception:  # noqa: BLE001 - the library raises bare exceptions for malformed input
        return False


def seal_to(public: bytes, secret: bytes) -> bytes:
    """Encrypt a short secret to a key."""
    return bytes(gmssl_pyx.sm2_encrypt(public, secret))


def encrypt(key: bytes, plaintext: bytes) -> bytes:
    """SM4-GCM: iv ‖ ciphertext ‖ tag."""
    iv = os.urandom(IV_BYTES)
    gcm = Cipher(SM4(key), GCM(iv)).encryptor()
    return iv + gcm.update(plaintext) + gcm.finalize() + gcm.tag


def decrypt(key: bytes, sealed: bytes) -> bytes:
    """Undo `encrypt`. Raises ValueError."""
    iv, body, tag = sealed[:IV_BYTES], sealed[IV_BYTES:-TAG_BYTES], sealed[-TAG_BYTES:]
    try:
        gcm = Cipher(SM4(key), GCM(iv, tag)).decryptor()
        return gcm.update(body) + gcm.finalize()
    except (InvalidTag, ValueError) as error:
        raise ValueError("sealed bytes do not open here") from error


def _multiply(scalar: int) -> _Point:
    result: _Point = None
    addend: _Point = _G
    while scalar:
        if scalar & 1:
            result = _add(result, addend)
        addend = _add(addend, addend)
        scalar >>= 1
    return result


def _add(one: _Point, other: _Point) -> _Point:
    """On y² = x³ − 3x + b over F_p."""
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P)
    x3 = (slope * slope - x1 - x2) % _P
    return x3, (slope * (x1 - x3) - y1) % _P

"""The stranger's tools, on pycryptodome alone: canonical JSON, HKDF, HPKE, ECDSA, Shamir's sharing.

Nothing of ours is imported; randomness follows from a label, so that vectors are repeatable.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS

TAG: Final = 16
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Rng:
    """Bytes that follow from a label: SHA-256(label ‖ counter)…"""

    def __init__(self, label: str) -> None:
        self._label = label.encode()
        self._count = 0

    def __call__(self, length: int) -> bytes:
        output = b""
        while len(output) < length:
            output += sha(b"SBE/1 vector", self._label, self._count.to_bytes(8, "big"))
            self._count += 1
        return output[:length]


def jcs(value: Any) -> bytes:
    """RFC 8785 for this subset: keys sorted by UTF-16 code units, no floats."""

    def ordered(each: Any) -> Any:
        if isinstance(each, Mapping):
            keys = sorted(each, key=lambda key: key.encode("utf-16-be"))
            return {key: ordered(each[key]) for key in keys}
        return [ordered(one) for one in each] if isinstance(each, list | tuple) else each

    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def sha(*pieces: bytes) -> bytes:
    return hashlib.sha256(b"".join(pieces)).digest()


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    output = block = b""
    for counter in range(1, 256):
        if len(output) >= length:
            break
        block = mac(prk, block + info + bytes([counter]))
        output += block
    return output[:length]


def hkdf(ikm: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    return expand(mac(salt or bytes(32), ikm), info, length)


# --- keys ---------------------------------------------------------------------------------------

KEM: Final = b"KEM\x00\x10"
SUITE: Final = b"HPKE\x00\x10\x00\x01\x00\x02"


def _labelled(suite: bytes, label: bytes, ikm: bytes, salt: bytes = b"") -> bytes:
    return mac(salt or bytes(32), b"HPKE-v1" + suite + label + ikm)


def _expanded(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def derive_key_pair(ikm: bytes) -> ECC.EccKey:
    """RFC 9180, 7.1.3."""
    prk = _labelled(KEM, b"dkp_prk", ikm)
    for counter in range(256):
        scalar = int.from_bytes(_expanded(KEM, prk, b"candidate", bytes([counter]), 32), "big")
        if 0 < scalar < ORDER:
            return ECC.construct(curve="P-256", d=scalar)
    raise ValueError("no candidate")


def raw(key: ECC.EccKey) -> bytes:
    return bytes(key.public_key().export_key(format="raw"))


def point(public: bytes) -> ECC.EccKey:
    """Raises ValueError: also for (0, 0), which pycryptodome takes for the point at infinity."""
    key = ECC.import_key(public, curve_name="P-256")
    if len(public) != 65 or key.pointQ.is_point_at_infinity():
        raise ValueError("no raw point")
    return key


def _shared(own: ECC.EccKey, other: ECC.EccKey) -> bytes:
    return int((other.pointQ * own.d).x).to_bytes(32, "big")


def _aead(dh: bytes, enc: bytes, receiver: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of message 0 in base mode."""
    secret = _expanded(KEM, _labelled(KEM, b"eae_prk", dh), b"shared_secret", enc + receiver, 32)
    context = b"\x00" + _labelled(SUITE, b"psk_id_hash", b"") + _labelled(SUITE, b"info_hash", info)
    prk = _labelled(SUITE, b"secret", b"", salt=secret)
    return (
        _expanded(SUITE, prk, b"key", context, 32),
        _expanded(SUITE, prk, b"base_nonce", context, 12),
    )


def hpke_seal(
    receiver: bytes, plain: bytes, *, info: bytes, ephemeral: ECC.EccKey
) -> tuple[bytes, bytes]:
    enc = raw(ephemeral)
    key, nonce = _aead(_shared(ephemeral, point(receiver)), enc, receiver, info)
    return enc, gcm_seal(key, nonce, plain)


def hpke_open(own: ECC.EccKey, enc: bytes, sealed: bytes, *, info: bytes) -> bytes:
    key, nonce = _aead(_shared(own, point(enc)), enc, raw(own), info)
    return gcm_open(key, nonce, sealed)


def gcm_seal(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    sealed, tag = AES.new(key, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(plain)
    return sealed + tag


def gcm_open(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    return cipher.decrypt_and_verify(sealed[:-TAG], sealed[-TAG:])


def sign(key: ECC.EccKey, message: bytes) -> bytes:
    return DSS.new(key, "deterministic-rfc6979").sign(SHA256.new(message))


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Raises ValueError."""
    DSS.new(point(public), "fips-186-3").verify(SHA256.new(message), signature)


# --- sharing ------------------------------------------------------------------------------------


def _times(left: int, right: int) -> int:
    product = 0
    for bit in range(128):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(product.bit_length() - 1, 127, -1):
        if product >> bit & 1:
            product ^= ((1 << 128) | 0x87) << (bit - 128)
    return product


def _over(left: int, right: int) -> int:
    inverse = 1
    for bit in range(127, -1, -1):
        inverse = _times(inverse, inverse)
        if ((1 << 128) - 2) >> bit & 1:
            inverse = _times(inverse, right)
    return _times(left, inverse)


def split(secret: bytes, threshold: int, count: int, randomness: Rng) -> list[bytes]:
    shares = [b""] * count
    for start in (0, 16):
        coefficients = [int.from_bytes(secret[start : start + 16], "big")]
        coefficients += [int.from_bytes(randomness(16), "big") for _ in range(threshold - 1)]
        for place in range(count):
            value = 0
            for coefficient in reversed(coefficients):
                value = _times(value, place + 1) ^ coefficient
            shares[place] += value.to_bytes(16, "big")
    return shares


def combine(shares: Mapping[int, bytes]) -> bytes:
    secret = b""
    for start in (0, 16):
        value = 0
        for index, share in shares.items():
            weight = int.from_bytes(share[start : start + 16], "big")
            for other in shares:
                if other != index:
                    weight = _over(_times(weight, other), other ^ index)
            value ^= weight
        secret += value.to_bytes(16, "big")
    return secret

"""Committee secrets: Shamir's sharing of 32 bytes as two halves, and whose fault a failure is.

pycryptodome shares 16 bytes at a time and returns garbage for bad shares: hashes decide, not it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from Crypto.Protocol.SecretSharing import Shamir

from kernel.pure.errors import Refused

HALF: Final = 16
SECRET: Final = 2 * HALF


def split(secret: bytes, *, threshold: int, count: int) -> tuple[bytes, ...]:
    """`count` shares of 32 bytes, any `threshold` of which rebuild it; trustee i has the i-th."""
    if len(secret) != SECRET or not 1 <= threshold <= count <= 255:
        raise ValueError("32 bytes, 1 ≤ threshold ≤ count ≤ 255")
    halves = [Shamir.split(threshold, count, half) for half in (secret[:HALF], secret[HALF:])]
    return tuple(low[1] + high[1] for low, high in zip(*halves, strict=True))


def check_share(share: bytes, expected: bytes, *, trustee: int) -> None:
    """A revealed share is the one the header names. Refuses ENV-3001: the trustee's fault."""
    if len(share) != SECRET or not hmac.compare_digest(sha256(share).digest(), expected):
        raise Refused("ENV-3001", trustee=trustee)


def rebuild(
    shares: Mapping[int, bytes],
    *,
    hashes: Mapping[int, bytes],
    threshold: int,
    secret_hash: bytes,
) -> bytes:
    """The secret from at least `threshold` shares by trustee index.

    Refuses ENV-3001 (a share is not the header's: that trustee's fault), ENV-3003 (too few), and
    ENV-3002 (right shares of a wrong secret: the bidder's fault).
    """
    for trustee, share in sorted(shares.items()):
        check_share(share, hashes.get(trustee, b""), trustee=trustee)
    if len(shares) < threshold:
        raise Refused("ENV-3003", present=len(shares), threshold=threshold)
    secret = combine(dict(sorted(shares.items())[:threshold]))
    if not hmac.compare_digest(sha256(secret).digest(), secret_hash):
        raise Refused("ENV-3002")
    return secret


def combine(shares: Mapping[int, bytes]) -> bytes:
    """What exactly the threshold's number of shares rebuild: garbage for wrong ones."""
    return b"".join(
        Shamir.combine([(index, share[start : start + HALF]) for index, share in shares.items()])
        for start in (0, HALF)
    )

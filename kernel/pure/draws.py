"""Publicly recomputable draws: HMAC-DRBG (NIST SP 800-90A, 10.1.2) with rejection sampling.

The seed binds what nobody knew before the close and nobody can choose after it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from kernel.pure.hkdf import labelled_hash

T = TypeVar("T")

_BLOCK: Final = 32


def lot_seed(*, lot: str, name: str, close_root: bytes, draw_parts: Mapping[bytes, bytes]) -> bytes:
    """SHA-256("SBE/1 draw" ‖ lot ‖ name ‖ close root ‖ draw parts sorted by commitment).

    `lot` and `name` are length-prefixed UTF-8; `draw_parts` maps 32-byte commitments to 32-byte
    parts. Raises ValueError on other sizes.
    """
    if len(close_root) != _BLOCK or any(
        len(key) != _BLOCK or len(part) != _BLOCK for key, part in draw_parts.items()
    ):
        raise ValueError("roots, commitments and draw parts have 32 bytes")
    told = b"".join(_prefixed(text) for text in (lot, name))
    parts = b"".join(draw_parts[key] for key in sorted(draw_parts))
    return labelled_hash(b"SBE/1 draw", told, close_root, parts)


class Draw:
    """A stream of fair choices from one 32-byte seed; the same seed gives the same choices."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _BLOCK:
            raise ValueError("a seed has 32 bytes")
        self._key = bytes(_BLOCK)
        self._value = b"\x01" * _BLOCK
        self._update(seed)

    def take(self, length: int) -> bytes:
        """The next `length` bytes (one generate call)."""
        output = b""
        while len(output) < length:
            self._value = hmac.digest(self._key, self._value, "sha256")
            output += self._value
        self._update(b"")
        return output[:length]

    def below(self, bound: int) -> int:
        """A number in 0 … bound−1, each equally likely: larger values are thrown away."""
        if bound < 1:
            raise ValueError("nothing to draw from")
        bits = (bound - 1).bit_length()
        while True:
            number = int.from_bytes(self.take((bits + 7) // 8 or 1), "big")
            number &= (1 << bits) - 1
            if number < bound:
                return number

    def choice(self, options: Sequence[T]) -> T:
        """One of the published options."""
        return options[self.below(len(options))]

    def shuffle(self, options: Sequence[T]) -> tuple[T, ...]:
        """All options in a drawn order (Fisher–Yates, from the end)."""
        order = list(options)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return tuple(order)

    def _update(self, data: bytes) -> None:
        for mark in (b"\x00", b"\x01"):
            self._key = hmac.digest(self._key, self._value + mark + data, "sha256")
            self._value = hmac.digest(self._key, self._value, "sha256")
            if not data:
                return


def _prefixed(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw

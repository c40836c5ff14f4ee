"""Whether 65 bytes are a point of P-256 (SEC 1, uncompressed), without any library."""

from __future__ import annotations

from typing import Final

_P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def on_curve(point: bytes) -> bool:
    """04 ‖ x ‖ y below the prime with y² = x³ − 3x + b (SEC 2, secp256r1)."""
    if len(point) != 65 or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0

"""Requests of rooms as values; whatever does not fit is WEB-1004 before it reaches an action."""

from collections.abc import Mapping
from typing import Any

from evaluation.rooms.pledges import SignedChallenge
from kernel.pure.errors import Refused

DIGEST = 32
SIGNATURE = 64
MAX_REASON = 500
MAX_CERTIFICATE = 8192
MAX_SEAT = 99


def _wrong(name: str) -> Refused:
    return Refused("WEB-1004", detail=name)


def text(shown: Mapping[str, Any], name: str, most: int) -> str:
    """A string of at most `most` characters."""
    value = shown.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise _wrong(name)
    return value


def reason(shown: Mapping[str, Any]) -> str:
    """A reason, which may be empty where the rules allow it."""
    return text(shown, "reason", MAX_REASON) if shown.get("reason") is not None else ""


def hex_bytes(shown: Mapping[str, Any], name: str, length: int | None = None) -> bytes:
    """Bytes given as hexadecimal, of a fixed length where there is one."""
    try:
        value = bytes.fromhex(text(shown, name, 2 * MAX_CERTIFICATE))
    except ValueError:
        raise _wrong(name) from None
    if length is not None and len(value) != length:
        raise _wrong(name)
    return value


def seat(shown: Mapping[str, Any]) -> int:
    """The number of a seat."""
    value = shown.get("seat")
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_SEAT:
        raise _wrong("seat")
    return value


def answer(shown: Mapping[str, Any]) -> bool:
    """Whether an invitation is accepted."""
    given = shown.get("answer")
    if given not in {"accept", "decline"}:
        raise _wrong("answer")
    return bool(given == "accept")


def signed_challenge(shown: Mapping[str, Any]) -> SignedChallenge:
    """A signature and the certificate it was made with: hex DER, or the chain, leaf first."""
    given = shown.get("certificate")
    chain = given if isinstance(given, list) else [given]
    if not 1 <= len(chain) <= 4:
        raise _wrong("certificate")
    return SignedChallenge(
        hex_bytes(shown, "signature", SIGNATURE),
        tuple(hex_bytes({"certificate": each}, "certificate") for each in chain),
    )

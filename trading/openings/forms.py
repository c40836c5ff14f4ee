"""Requests of the hall as values; whatever does not fit is WEB-1004 before it reaches an action."""

from collections.abc import Callable, Mapping
from typing import Any

from kernel.pure.errors import Refused
from trading.openings import commands as c
from trading.openings.actions import Attempt, SignedManifest
from trading.openings.states import ATTEMPTS

MAX_SEATS = 1000


def _wrong(name: str) -> Refused:
    return Refused("WEB-1004", detail=name)


def text(shown: Mapping[str, Any], name: str, most: int) -> str:
    """A string of at most `most` characters."""
    value = shown.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise _wrong(name)
    return value


def hex_bytes(shown: Mapping[str, Any], name: str, length: int | None = None) -> bytes:
    """Bytes given as hexadecimal, of a fixed length where there is one."""
    try:
        value = bytes.fromhex(text(shown, name, 1 << 20))
    except ValueError:
        raise _wrong(name) from None
    if length is not None and len(value) != length:
        raise _wrong(name)
    return value


def integer(shown: Mapping[str, Any], name: str) -> int:
    """A JSON integer."""
    value = shown.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name)
    return value


def attempt(shown: Mapping[str, Any]) -> Attempt:
    """A bidder's secret for its own lock."""
    via = text(shown, "via", 20)
    if via not in {"bid_key", "recovery"}:
        raise _wrong("via")
    return Attempt(hex_bytes(shown, "commitment", 32), hex_bytes(shown, "s_holder", 32), via)


def failure(shown: Mapping[str, Any]) -> tuple[str, str]:
    """An attempt that failed: a code we have words for, and by which remedy."""
    code, via = text(shown, "code", 12), text(shown, "via", 20)
    if code not in ATTEMPTS:
        raise _wrong("code")
    if via not in {"bid_key", "recovery"}:
        raise _wrong("via")
    return code, via


def signed_manifest(shown: Mapping[str, Any]) -> SignedManifest:
    """The agency's signature with its certificate chain."""
    chain = shown.get("certificate_chain")
    if not isinstance(chain, list) or not 1 <= len(chain) <= 5:
        raise _wrong("certificate_chain")
    return SignedManifest(
        hex_bytes(shown, "digest", 32),
        hex_bytes(shown, "signature", 64),
        tuple(hex_bytes({"chain": each}, "chain") for each in chain),
    )


def _seats(shown: Mapping[str, Any]) -> tuple[int, ...]:
    seats = shown.get("seats", [])
    if not isinstance(seats, list) or len(seats) > MAX_SEATS:
        raise _wrong("seats")
    return tuple(integer({"seats": each}, "seats") for each in seats)


def _extend(shown: Mapping[str, Any]) -> c.Wish:
    minutes, reason = integer(shown, "minutes"), text(shown, "reason", 500)
    return lambda by: c.Extend(by, minutes, reason)


def _read_out(shown: Mapping[str, Any]) -> c.Wish:
    seats = _seats(shown)
    return lambda by: c.ReadOut(by, seats)


def _draw(shown: Mapping[str, Any]) -> c.Wish:
    name = text(shown, "name", 40) if "name" in shown else None
    return lambda by: c.Draw(by, name)


def _reply(shown: Mapping[str, Any]) -> c.Wish:
    seat, words = integer(shown, "seat"), text(shown, "text", 2000)
    return lambda by: c.AnswerObjection(by, seat, words)


def _announce(shown: Mapping[str, Any]) -> c.Wish:
    words = text(shown, "text", 500)
    return lambda by: c.Announce(by, words)


ACTS: Mapping[str, Callable[[Mapping[str, Any]], c.Wish]] = {
    "announce": _announce,
    "answer_objection": _reply,
    "close": lambda shown: c.CloseOpening,
    "close_confirmation": lambda shown: c.CloseConfirmation,
    "close_window": lambda shown: c.CloseWindow,
    "draw": _draw,
    "extend": _extend,
    "read_out": _read_out,
    "start_decryption": lambda shown: c.StartDecryption,
}


def host_act(shown: Mapping[str, Any]) -> c.Wish:
    """The host's act named in the request."""
    made = ACTS.get(text(shown, "act", 40))
    if made is None:
        raise _wrong("act")
    return made(shown)


def pause(shown: Mapping[str, Any]) -> c.Wish:
    """An order to pause, with its reason."""
    reason = text(shown, "reason", 500)
    return lambda by: c.Pause(by, reason)


def excuse(shown: Mapping[str, Any]) -> c.Wish:
    """The supervisor's finding that a bidder was not at fault."""
    seat, reason = integer(shown, "seat"), text(shown, "reason", 500)
    return lambda by: c.Excuse(by, seat, reason)

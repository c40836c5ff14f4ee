"""Requests of the hall as values; whatever does not fit is WEB-1004 before it reaches an action."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.permissions import Pseudonym
from kernel.pure.errors import Refused
from trading.openings import commands as c
from trading.openings.actions import Attempt, SignedManifest
from trading.openings.causes import ATTEMPTS
from trading.openings.signing import Given

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


def moment(shown: Mapping[str, Any], name: str) -> datetime | None:
    """An instant of ISO 8601 with its offset; nothing where none is told."""
    value = shown.get(name)
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(text(shown, name, 40))
    except ValueError:
        raise _wrong(name) from None
    if at.tzinfo is None:
        raise _wrong(name)
    return at


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


def chain(shown: Mapping[str, Any]) -> tuple[bytes, ...]:
    """A certificate chain, DER in hexadecimal, leaf first."""
    given = shown.get("certificate_chain")
    if not isinstance(given, list) or not 1 <= len(given) <= 5:
        raise _wrong("certificate_chain")
    return tuple(hex_bytes({"chain": each}, "chain") for each in given)


def signed_manifest(shown: Mapping[str, Any]) -> SignedManifest:
    """The agency's signature with its certificate chain."""
    return SignedManifest(
        hex_bytes(shown, "digest", 32), hex_bytes(shown, "signature", 64), chain(shown)
    )


def record_signature(shown: Mapping[str, Any]) -> Given:
    """A signature for a revision that was prepared."""
    prepared = UUID(bytes=hex_bytes({"id": text(shown, "id", 36).replace("-", "")}, "id", 16))
    return Given(prepared, hex_bytes(shown, "signature", 64))


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


def _reconvene(shown: Mapping[str, Any]) -> c.Wish:
    reason = text(shown, "reason", 500)
    return lambda by: c.Reconvene(by, reason)


def _draw(shown: Mapping[str, Any]) -> c.Wish:
    name = text(shown, "name", 40) if "name" in shown else None
    return lambda by: c.Draw(by, name)


def _announce(shown: Mapping[str, Any]) -> c.Wish:
    words = text(shown, "text", 500)
    return lambda by: c.Announce(by, words)


ACTS: Mapping[str, Callable[[Mapping[str, Any]], c.Wish]] = {
    "announce": _announce,
    "close": lambda shown: c.CloseOpening,
    "close_confirmation": lambda shown: c.CloseConfirmation,
    "close_window": lambda shown: c.CloseWindow,
    "draw": _draw,
    "extend": _extend,
    "read_out": _read_out,
    "reconvene": _reconvene,
    "start_decryption": lambda shown: c.StartDecryption,
}


def objection_answer(shown: Mapping[str, Any]) -> tuple[int, str, list[object]]:
    """The host's answer: number, words, and the files kept for it."""
    files = shown.get("attachments", [])
    if not isinstance(files, list):
        raise _wrong("attachments")
    return integer(shown, "no"), text(shown, "text", 2000), files


def pseudonym(call: Call) -> Pseudonym:
    """Who acts under ticket. Raises Refused WEB-1102 for anybody else."""
    if not isinstance(call.actor, Pseudonym):
        raise Refused("WEB-1102")
    return call.actor


def host_act(shown: Mapping[str, Any]) -> c.Wish:
    """The host's act named in the request."""
    made = ACTS.get(text(shown, "act", 40))
    if made is None:
        raise _wrong("act")
    return made(shown)


def pause(shown: Mapping[str, Any]) -> c.Wish:
    """An order to pause, with its reason, and when it is announced to end."""
    reason, until = text(shown, "reason", 500), moment(shown, "resumes_at")
    return lambda by: c.Pause(by, reason, until)


def excuse(shown: Mapping[str, Any]) -> c.Wish:
    """The supervisor's finding that a bidder was not at fault."""
    seat, reason = integer(shown, "seat"), text(shown, "reason", 500)
    return lambda by: c.Excuse(by, seat, reason)

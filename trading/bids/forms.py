"""Reads the JSON that bidders send, strictly, and writes what they get back; bytes are hex."""

from typing import Any
from uuid import UUID

from kernel.pure.envelope import PartName
from kernel.pure.errors import Refused
from kernel.pure.header import MAX_HEADER
from trading.bids.actions import Submission
from trading.bids.models import RECORD_BYTES, WrapKind
from trading.bids.queries import EnvelopeRow
from trading.bids.vault import MOST_WRAP_BYTES, MOST_WRAPS, Wrap

SIGNATURE_BYTES = 64


def text(value: dict[str, Any], name: str, most: int) -> str:
    """A non-empty string of at most `most` characters; raises Refused WEB-1004."""
    found = value.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= most:
        raise Refused("WEB-1004", detail=name)
    return found


def hex_bytes(value: dict[str, Any], name: str, size: int) -> bytes:
    """`size` bytes in hex; raises Refused WEB-1004."""
    found = _hex(text(value, name, 2 * size), name)
    if len(found) != size:
        raise Refused("WEB-1004", detail=name)
    return found


def bytes_in_hex(value: dict[str, Any], name: str, most: int) -> bytes:
    """At most `most` bytes in hex; raises Refused WEB-1004."""
    return _hex(text(value, name, 2 * most), name)


def submission(value: dict[str, Any], *, attempt: bytes = bytes(32)) -> Submission:
    """Header, signature and uploads of an envelope; raises Refused BID-1407 or WEB-1004.

    A body without a header is an unencrypted bid as far as the law is concerned (条例36).
    """
    if not isinstance(value.get("header"), str):
        raise Refused("BID-1407")
    uploads = value.get("uploads")
    if not isinstance(uploads, dict):
        raise Refused("WEB-1004", detail="uploads")
    return Submission(
        header=text(value, "header", MAX_HEADER + 1).encode(),
        signature=hex_bytes(value, "signature", SIGNATURE_BYTES),
        uploads={_part(name): _uuid(uploads[name], "uploads") for name in uploads},
        attempt=attempt,
    )


def wraps(value: dict[str, Any]) -> tuple[Wrap, ...]:
    """Wraps of a vault key; raises Refused WEB-1004."""
    given = value.get("wraps")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_WRAPS:
        raise Refused("WEB-1004", detail="wraps")
    return tuple(_wrap(each) for each in given)


def count(value: dict[str, Any], name: str) -> int:
    """A whole number from 1, the generation of a vault's key for one; raises Refused WEB-1004."""
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found < 1 << 31:
        raise Refused("WEB-1004", detail=name)
    return found


def record(value: dict[str, Any]) -> tuple[UUID, bytes]:
    """Id and ciphertext of a vault record; raises Refused WEB-1004."""
    ciphertext = _hex(text(value, "ciphertext", 4 * RECORD_BYTES), "ciphertext")
    return _uuid(value.get("id"), "id"), ciphertext


def envelope_json(row: EnvelopeRow) -> dict[str, Any]:
    """An envelope as its own bidder gets it back."""
    return {
        "envelope_id": row.id.hex,
        "sequence": row.sequence,
        "stage": row.stage,
        "commitment": row.commitment.hex(),
        "state": row.state.value,
        "index": row.index,
        "admitted_at": row.admitted_at.isoformat(),
        "header": row.header.decode(),
        "signature": row.signature.hex(),
    }


def _wrap(value: Any) -> Wrap:
    if not isinstance(value, dict):
        raise Refused("WEB-1004", detail="wraps")
    try:
        kind = WrapKind(value.get("kind", ""))
    except ValueError:
        raise Refused("WEB-1004", detail="kind") from None
    key_id = text(value, "key_id", 130)
    return Wrap(kind, key_id, _hex(text(value, "wrap", 2 * MOST_WRAP_BYTES), "wrap"))


def _part(name: str) -> PartName:
    try:
        return PartName(name)
    except ValueError:
        raise Refused("WEB-1004", detail="uploads") from None


def _uuid(value: Any, name: str) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refused("WEB-1004", detail=name) from None


def _hex(value: str, name: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise Refused("WEB-1004", detail=name) from None

"""Standard Webhooks signatures with Ed25519 ("v1a"): who sent these bytes, and when.

Several keys may be valid at once while a bank changes its key; every signature is tried with each.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from escrow.banks.terms import terms
from kernel.pure.errors import Refused

WINDOW: Final = terms().window
MAX_ID: Final = 128
MAX_SIGNATURES: Final = 8
_SCHEME: Final = "v1a,"


def sign(key: Ed25519PrivateKey, *, message_id: str, at: datetime, raw: bytes) -> dict[str, str]:
    """The three headers that go with `raw`."""
    seconds = str(int(at.timestamp()))
    signature = key.sign(_signed(message_id, seconds, raw))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": _SCHEME + base64.b64encode(signature).decode(),
    }


def verified_id(
    headers: Mapping[str, str], raw: bytes, *, keys: Iterable[bytes], now: datetime
) -> str:
    """The message's id when its signature holds and its time is near `now` (wall time).

    Refuses ESC-2101 (headers), ESC-2102 (signature), ESC-2103 (time), in that order of telling:
    whoever cannot sign learns nothing about the window.
    """
    message_id = headers.get("webhook-id", "")
    seconds = headers.get("webhook-timestamp", "")
    if not 0 < len(message_id) <= MAX_ID or not (seconds.isascii() and seconds.isdigit()):
        raise Refused("ESC-2101")
    offered = _signatures(headers.get("webhook-signature", ""))
    message = _signed(message_id, seconds, raw)
    # Every pair is tried, so that the time taken does not tell which key or signature failed.
    holds = [_holds(key, signature, message) for key in keys for signature in offered]
    if not any(holds):
        raise Refused("ESC-2102")
    if len(seconds) > 12 or abs(now.timestamp() - int(seconds)) > WINDOW.total_seconds():
        raise Refused("ESC-2103")
    return message_id


def _signed(message_id: str, seconds: str, raw: bytes) -> bytes:
    return b".".join((message_id.encode(), seconds.encode(), raw))


def _signatures(header: str) -> list[bytes]:
    found = []
    for part in header.split(" ")[:MAX_SIGNATURES]:
        if part.startswith(_SCHEME):
            try:
                found.append(base64.b64decode(part.removeprefix(_SCHEME), validate=True))
            except binascii.Error:
                continue
    return found


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True

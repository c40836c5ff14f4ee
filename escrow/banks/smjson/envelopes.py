"""What every request, answer and push is wrapped in: an SM4 body, its key under SM2, a signature.

The signature covers whither, when, under which key of idempotency, and the wrapped bytes as sent.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from escrow.banks.gateway import Cause, UnreadableError
from escrow.banks.webhooks import WINDOW
from kernel.crypto import sm
from kernel.pure.errors import Refused

PUSH: Final = "push"
MAX_ID: Final = 64


def wrapped(value: Mapping[str, Any], *, to: bytes) -> bytes:
    """JSON under a fresh SM4 key, the key sealed to an SM2 public key (64 bytes)."""
    key = os.urandom(sm.KEY_BYTES)
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    told = {"key": sm.seal_to(to, key).hex(), "data": sm.encrypt(key, plain).hex()}
    return json.dumps(told).encode()


def unwrapped(raw: bytes, *, by: sm.Sm2Key) -> dict[str, Any]:
    """The JSON object inside. Raises UnreadableError."""
    try:
        told = json.loads(raw)
        key = by.open(bytes.fromhex(told["key"]))
        value = json.loads(sm.decrypt(key, bytes.fromhex(told["data"])))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError("not an SM4 envelope", Cause.MALFORMED) from error
    if not isinstance(value, dict):
        raise UnreadableError("not a JSON object", Cause.MALFORMED)
    return value


def signed_headers(
    raw: bytes, *, by: sm.Sm2Key, whither: str, key: str, at: datetime
) -> dict[str, str]:
    """The three headers that go with `raw`."""
    stamp = str(int(at.timestamp()))
    signature = by.sign(_signed(whither, stamp, key, raw)).hex()
    return {"X-Idempotency-Key": key, "X-Timestamp": stamp, "X-Signature": signature}


def verified_id(
    headers: Mapping[str, str],
    raw: bytes,
    *,
    keys: Iterable[bytes],
    now: datetime,
    whither: str = PUSH,
) -> str:
    """The message's key when its signature holds and its time is near `now` (wall time).

    Refuses ESC-2101 (headers), ESC-2102 (signature), ESC-2103 (time).
    """
    told = {name.lower(): value for name, value in headers.items()}
    key, stamp = told.get("x-idempotency-key", ""), told.get("x-timestamp", "")
    if not 0 < len(key) <= MAX_ID or not (stamp.isascii() and stamp.isdigit()):
        raise Refused("ESC-2101")
    try:
        signature = bytes.fromhex(told.get("x-signature", ""))
    except ValueError:
        signature = b""
    message = _signed(whither, stamp, key, raw)
    # Every key is tried, so that the time taken does not tell which one failed.
    found = [sm.holds(public, signature, message) for public in keys]
    if not any(found):
        raise Refused("ESC-2102")
    if len(stamp) > 12 or abs(now - datetime.fromtimestamp(int(stamp), UTC)) > WINDOW:
        raise Refused("ESC-2103")
    return key


def _signed(whither: str, stamp: str, key: str, raw: bytes) -> bytes:
    return f"{whither}\n{stamp}\n{key}\n".encode() + raw

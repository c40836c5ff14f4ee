"""Arrival notices: who sent them, when, and what is answered.

The provinces' texts rely on private lines and name no signature; ours lies in the head and covers
code, time, serial number and the body's bytes as sent.
"""

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from escrow.banks.exchange.forms import AGAIN, OK, Act, Form
from escrow.banks.exchange.messages import (
    Message,
    Values,
    body_bytes,
    moment,
    read,
    required,
    signature_of,
    write,
)
from escrow.banks.gateway import UnreadableError
from escrow.banks.webhooks import WINDOW
from kernel.pure.errors import Refused

REFUSED: Final = "99"


def covered(head: Values, body: bytes) -> bytes:
    """What a notice's signature covers."""
    said = ".".join(head.get(name, "") for name in ("code", "serial", "at"))
    return said.encode() + b"." + body


def sign(form: Form, key: Ed25519PrivateKey, message: Message) -> bytes:
    """The message as XML with its signature."""
    bare = write(form, message)
    head = read(form, bare).head
    signature = base64.b64encode(key.sign(covered(head, body_bytes(form, bare)))).decode()
    return write(form, replace(message, head={**message.head, "signature": signature}))


def verified_id(form: Form, xml: bytes, *, keys: Iterable[bytes], now: datetime) -> str:
    """The notice's serial number when its signature holds and its time is near `now` (wall time).

    Refuses ESC-2101 (no notice), ESC-2102 (signature), ESC-2103 (time).
    """
    try:
        message = read(form, xml)
        body = body_bytes(form, xml)
        serial, at = required(message.head, "serial"), moment(form, required(message.head, "at"))
    except UnreadableError as error:
        raise Refused("ESC-2101") from error
    if message.act is not Act.ARRIVED:
        raise Refused("ESC-2101")
    signature, said = signature_of(message), covered(message.head, body)
    # Every key is tried, so that the time taken does not tell which one failed.
    holds = [_holds(key, signature, said) for key in keys]
    if not any(holds):
        raise Refused("ESC-2102")
    if abs(now - at) > WINDOW:
        raise Refused("ESC-2103")
    return serial


def answer(form: Form, *, known: bool = False, refused: str = "") -> bytes:
    """What the bank is told, framed by nobody yet: 00, 01 for a repeat, 99 with the code."""
    result = REFUSED if refused else AGAIN if known else OK
    return write(form, Message(Act.ARRIVED, {"result": result, "words": refused}))


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

"""Messages of the exchange protocol: framed, GBK, read through aliases. Pure: bytes and values."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from escrow.banks.exchange.forms import Act, Form
from escrow.banks.gateway import Cause, UnreadableError
from escrow.banks.safe_xml import MAX_BYTES, tree
from escrow.bookings.rules import BookedEntry, Party, Sign
from kernel.pure.legal_days import SHANGHAI
from kernel.pure.money import MAX_FEN, yuan_decimal

ENCODING: Final = "gb18030"
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_YUAN: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_FEN: Final = re.compile(r"-?[0-9]{1,18}")
_SIGNS: Final = {"C": Sign.CREDIT, "D": Sign.DEBIT}
INTEREST, RETURNED = "1", "2"

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message's head and body by our own field names, and its repeated rows."""

    act: Act
    head: Values
    body: Values = field(default_factory=dict)
    rows: Sequence[Values] = ()


def framed(form: Form, xml: bytes) -> bytes:
    """The length prefix and the message. Raises ValueError when it is too long to be said."""
    length = str(len(xml))
    if len(length) > form.digits:
        raise ValueError("too long for its prefix")
    return form.lead + length.rjust(form.digits, "0").encode() + xml


def length_of(form: Form, prefix: bytes) -> int:
    """How many bytes follow the prefix. Raises UnreadableError."""
    told = prefix[len(form.lead) :]
    if len(prefix) != form.prefix or not prefix.startswith(form.lead) or not told.isdigit():
        raise UnreadableError("not a length prefix", Cause.MALFORMED)
    length = int(told)
    if not 0 < length <= MAX_BYTES:
        raise UnreadableError("message too large", Cause.TOO_LARGE)
    return length


def write(form: Form, message: Message) -> bytes:
    """The message as GBK XML, without its prefix."""
    head = {"code": form.codes[message.act], **message.head}
    rows = "".join(_element(form, "row", _fields(form, row)) for row in message.rows)
    body = _element(form, "body", _fields(form, message.body) + rows)
    text = f"<root>{_element(form, 'head', _fields(form, head))}{body}</root>"
    return f'<?xml version="1.0" encoding="GBK"?>{text}'.encode(ENCODING)


def read(form: Form, xml: bytes) -> Message:
    """A message by our own names. Raises UnreadableError: damaged GBK or XML, unknown code."""
    try:
        text = xml.decode(ENCODING)
    except UnicodeDecodeError as error:
        raise UnreadableError("damaged GBK", Cause.MALFORMED) from error
    root = tree(_DECLARATION.sub("", text).encode())
    head, body = _part(form, root, "head"), _part(form, root, "body")
    told = _values(form, head)
    act = {code: act for act, code in form.codes.items()}.get(told.get("code", ""))
    if act is None:
        raise UnreadableError("unknown transaction code", Cause.UNKNOWN_MESSAGE)
    rows = [_values(form, node) for node in body if _field_of(form, node) == "row"]
    return Message(act, told, _values(form, body), rows)


def body_bytes(form: Form, xml: bytes) -> bytes:
    """The bytes that a signature covers: the body as it was sent. Raises UnreadableError."""
    for name in form.names["body"]:
        start, end = xml.find(f"<{name}>".encode()), xml.rfind(f"</{name}>".encode())
        if 0 <= start < end:
            return xml[start : end + len(name) + 3]
    raise UnreadableError("no body")


def signature_of(message: Message) -> bytes:
    """The raw signature in the head, empty when there is none or it is no base64."""
    try:
        return base64.b64decode(message.head.get("signature", ""), validate=True)
    except binascii.Error:
        return b""


def required(values: Values, name: str) -> str:
    """A field that must be there. Raises UnreadableError."""
    found = values.get(name)
    if not found:
        raise UnreadableError(f"{name} is missing")
    return found


def moment(form: Form, text: str) -> datetime:
    """A time of the bank (Beijing). Raises UnreadableError."""
    try:
        return datetime.strptime(text, form.times).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise UnreadableError("no time") from error


def told_at(form: Form, at: datetime) -> str:
    """A time as this bank writes it."""
    return at.astimezone(SHANGHAI).strftime(form.times)


def fen(form: Form, text: str) -> int:
    """An amount in fen, of either sign. Raises UnreadableError."""
    pattern, factor = (_YUAN, 100) if form.yuan else (_FEN, 1)
    if pattern.fullmatch(text) is None:
        raise UnreadableError("no amount")
    amount = int(Decimal(text) * factor)
    if abs(amount) > MAX_FEN:
        raise UnreadableError("no amount in fen")
    return amount


def told_fen(form: Form, amount: int) -> str:
    """An amount as this bank writes it."""
    return str(yuan_decimal(amount)) if form.yuan else str(amount)


def entry_of(form: Form, row: Values) -> BookedEntry:
    """A row as a booking. Raises UnreadableError."""
    sign = _SIGNS.get(required(row, "direction"))
    amount = fen(form, required(row, "amount"))
    if sign is None or amount <= 0:
        raise UnreadableError("neither credit nor debit")
    name, account = row.get("party_name"), row.get("party_account")
    party = (
        Party(name, account, personal=row.get("party_kind") == "2") if name and account else None
    )
    return BookedEntry(
        bank_ref=required(row, "ref"),
        sign=sign,
        amount_fen=amount,
        booked_at=moment(form, required(row, "booked_at")),
        number=row.get("number"),
        party=party,
        end_to_end=row.get("order"),
        reverses=row.get("original"),
        returned=row.get("kind") == RETURNED,
        interest=row.get("kind") == INTEREST,
    )


def _element(form: Form, field_name: str, inside: str) -> str:
    name = form.names[field_name][0]
    return f"<{name}>{inside}</{name}>"


def _fields(form: Form, values: Values) -> str:
    return "".join(_element(form, name, escape(value)) for name, value in values.items() if value)


def _part(form: Form, root: etree._Element, field_name: str) -> etree._Element:
    found = [node for node in root if _field_of(form, node) == field_name]
    if len(found) != 1:
        raise UnreadableError(f"expected one {field_name}")
    return found[0]


def _values(form: Form, node: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in node:
        name, text = _field_of(form, child), (child.text or "").strip()
        if name is None or name == "row" or not text:
            continue
        if name in found:
            raise UnreadableError(f"{name} is said twice")
        found[name] = text
    return found


def _field_of(form: Form, node: etree._Element) -> str | None:
    """Our name for an element; what we do not know is passed over."""
    return next(_known(form, str(node.tag)), None)


def _known(form: Form, tag: str) -> Iterator[str]:
    return (name for name, others in form.names.items() if tag in others)

"""Reading ISO 20022 messages: which they are, and small accessors."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from lxml import etree

from escrow.banks.gateway import Cause, UnreadableError
from escrow.banks.iso20022.schemas import check
from escrow.banks.safe_xml import tree
from kernel.pure.money import MAX_FEN

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(([a-z]{4}\.\d{3})\.001\.(\d\d))")
# As xs:decimal may be written; the schema counts the digits.
_AMOUNT: Final = re.compile(r"\+?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})")
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")


def parse(raw: bytes, *messages: str) -> etree._Element:
    """The `Document` element of an ISO message of one of those kinds, valid by its schema.

    Raises UnreadableError for anything else: size, DTD, malformed XML, unknown namespace. The
    first version of a message has other names throughout and is not read.
    """
    root = tree(raw)
    name = etree.QName(root)
    match = _NAMESPACE.fullmatch(name.namespace or "")
    if name.localname != "Document" or match is None or match[2] not in messages:
        raise UnreadableError(f"not a {messages[0]} message", Cause.UNKNOWN_MESSAGE)
    if match[3] == "01":
        raise UnreadableError(f"{match[1]} is not supported", Cause.UNKNOWN_MESSAGE)
    check(root, match[1])
    return root


def children(node: etree._Element, path: str) -> Iterator[etree._Element]:
    """Elements at a slash-separated path of local names, in any namespace."""
    steps = "/".join(f"{{*}}{step}" for step in path.split("/"))
    yield from node.iterfind(steps)


def child(node: etree._Element, path: str) -> etree._Element | None:
    """The first element at the path."""
    return next(children(node, path), None)


def text(node: etree._Element, path: str) -> str | None:
    """The stripped text at the path, None when absent or empty."""
    found = child(node, path)
    value = (found.text or "").strip() if found is not None else ""
    return value or None


def required(node: etree._Element, path: str) -> str:
    """The text at the path; raises UnreadableError when absent."""
    value = text(node, path)
    if value is None:
        raise UnreadableError(f"{path} is missing")
    return value


def fen(node: etree._Element, path: str) -> int:
    """An amount in yuan at the path as fen, exactly and above zero. Raises UnreadableError."""
    amount = fen_or_zero(node, path)
    if not amount:
        raise UnreadableError(f"{path} is no amount in fen")
    return amount


def fen_or_zero(node: etree._Element, path: str) -> int:
    """As `fen`, for balances and sums, which may be zero. Raises UnreadableError."""
    found = child(node, path)
    value = required(node, path)
    if found is None or found.get("Ccy") != "CNY":
        raise UnreadableError(f"{path} is not in CNY")
    if _AMOUNT.fullmatch(value) is None:
        raise UnreadableError(f"{path} is no amount")
    try:
        amount = Decimal(value) * 100
    except InvalidOperation as error:
        raise UnreadableError(f"{path} is no amount") from error
    if amount != amount.to_integral_value() or not 0 <= amount <= MAX_FEN:
        raise UnreadableError(f"{path} is no amount in fen")
    return int(amount)


def holds(node: etree._Element, path: str) -> bool:
    """Whether the xs:boolean at the path is there and true."""
    return text(node, path) in ("true", "1")


def moment(node: etree._Element, path: str) -> datetime:
    """A date with time at the path, Beijing time without an offset. Raises UnreadableError."""
    value = required(node, path)
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise UnreadableError(f"{path} is no time") from error
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def day(node: etree._Element, path: str) -> date:
    """The Beijing day of the choice of date or time at the path. Raises UnreadableError."""
    if child(node, f"{path}/DtTm") is not None:
        return moment(node, f"{path}/DtTm").astimezone(SHANGHAI).date()
    # A zone behind a date says whose calendar it is, and it is the bank's in any case.
    match = _DAY.fullmatch(required(node, f"{path}/Dt"))
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError as error:
        raise UnreadableError(f"{path} is no date") from error

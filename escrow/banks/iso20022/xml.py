"""Reading ISO 20022 messages: which they are, and small accessors."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from lxml import etree

from escrow.banks.gateway import UnreadableError
from escrow.banks.safe_xml import tree
from kernel.pure.money import MAX_FEN

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_NAMESPACE: Final = re.compile(
    r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[234]|pain\.00[12])\.001\.(\d\d)"
)
_AMOUNT: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,5})?")


def parse(raw: bytes, messages: tuple[str, ...], versions: range) -> etree._Element:
    """The `Document` element of an ISO message of those kinds and versions.

    Raises UnreadableError for anything else: size, DTD, malformed XML, unknown namespace.
    """
    root = tree(raw)
    name = etree.QName(root)
    match = _NAMESPACE.fullmatch(name.namespace or "")
    if name.localname != "Document" or match is None or match[1] not in messages:
        raise UnreadableError(f"not a {messages[0]} message")
    if int(match[2]) not in versions:
        raise UnreadableError(f"{match[1]} version {match[2]} is not supported")
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


def moment(node: etree._Element, path: str) -> datetime:
    """A date with time at the path, Beijing time without an offset. Raises UnreadableError."""
    value = required(node, path)
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise UnreadableError(f"{path} is no time") from error
    if len(value) <= len("2026-01-01"):
        raise UnreadableError(f"{path} has no time of day")
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)

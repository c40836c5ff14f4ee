"""camt.053 to a day's statement. Pure; whether it is whole is not asked here."""

from datetime import date, datetime
from typing import Final

from lxml import etree

from escrow.banks.gateway import Statement, UnreadableError
from escrow.banks.iso20022.reading import CAMT_VERSIONS, body_of, entries_of
from escrow.banks.iso20022.xml import (
    SHANGHAI,
    child,
    children,
    fen_or_zero,
    parse,
    required,
    text,
)

_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
_MOST_DIGITS: Final = 18


def read_statement(raw: bytes, *, master: str, day: date) -> Statement:
    """The one statement in a camt.053, of our account and of that day. Raises UnreadableError.

    The previous day's closing balance (PRCD) stands for an opening balance where banks print that.
    """
    root = parse(raw, ("camt.053",), CAMT_VERSIONS)
    body = body_of(root, "BkToCstmrStmt")
    found = list(children(body, "Stmt"))
    if len(found) != 1:
        raise UnreadableError("expected one statement")
    node = found[0]
    for place in (child(body, "GrpHdr/MsgPgntn"), child(node, "StmtPgntn")):
        _whole(place)
    entries = tuple(entries_of(node, master))
    if _day_of(node, _closing(node)) != day:
        raise UnreadableError("the statement of another day")
    _sums_agree(node)
    return Statement(
        message_id=required(body, "GrpHdr/MsgId"),
        raw=raw,
        day=day,
        sequence=_sequence(node),
        opening_fen=_signed(_balance(node, _OPENING)),
        closing_fen=_signed(_closing(node)),
        entries=entries,
    )


def _whole(pages: etree._Element | None) -> None:
    if pages is not None and (text(pages, "PgNb"), text(pages, "LastPgInd")) != ("1", "true"):
        raise UnreadableError("a page is no statement")


def _sequence(node: etree._Element) -> int | None:
    told = text(node, "ElctrncSeqNb")
    if told is None:
        return None
    if not (told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS):
        raise UnreadableError("ElctrncSeqNb is no number")
    return int(told)


def _closing(node: etree._Element) -> etree._Element:
    return _balance(node, _CLOSING)


def _balance(node: etree._Element, codes: tuple[str, ...]) -> etree._Element:
    """The only balance of the first of these codes that stands there."""
    for code in codes:
        found = [b for b in children(node, "Bal") if text(b, "Tp/CdOrPrtry/Cd") == code]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnreadableError(f"two balances {code}")
    raise UnreadableError(f"balance {codes[0]} is missing")


def _signed(balance: etree._Element) -> int:
    sign = required(balance, "CdtDbtInd")
    if sign not in ("CRDT", "DBIT"):
        raise UnreadableError("neither credit nor debit")
    amount = fen_or_zero(balance, "Amt")
    return amount if sign == "CRDT" else -amount


def _day_of(node: etree._Element, balance: etree._Element) -> date:
    told = text(balance, "Dt/Dt") or text(balance, "Dt/DtTm")
    try:
        at = datetime.fromisoformat(told or "")
    except ValueError as error:
        raise UnreadableError("a balance has no date") from error
    return at.astimezone(SHANGHAI).date() if at.tzinfo else at.date()


def _sums_agree(node: etree._Element) -> None:
    """Where the bank counts its own lines, they must be as many and as much as it says."""
    booked = [e for e in children(node, "Ntry") if "BOOK" in (text(e, "Sts/Cd"), text(e, "Sts"))]
    for part, sign in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
        told = child(node, f"TxsSummry/{part}")
        if told is None:
            continue
        lines = [line for line in booked if text(line, "CdtDbtInd") == sign]
        count = text(told, "NbOfNtries")
        if count is not None and count != str(len(lines)):
            raise UnreadableError("entries are missing")

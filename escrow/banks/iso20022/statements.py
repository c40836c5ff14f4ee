"""camt.053 to a day's statement. Pure; whether it is whole is not asked here."""

from datetime import date
from decimal import Decimal
from typing import Final

from lxml import etree

from escrow.banks.gateway import Statement, UnreadableError
from escrow.banks.iso20022.reading import account_of, body_of, entries_of, is_booked
from escrow.banks.iso20022.xml import (
    child,
    children,
    fen,
    fen_or_zero,
    holds,
    parse,
    required,
    text,
)
from escrow.banks.iso20022.xml import day as day_of

_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
_MOST_DIGITS: Final = 18


def read_statement(raw: bytes, *, master: str, day: date) -> Statement:
    """The statement of our account and that day in a camt.053. Raises UnreadableError.

    Others may stand beside it: one file often holds all of a customer's accounts, or several days.
    The previous day's closing balance (PRCD) stands for an opening balance where banks print that.
    """
    body = body_of(parse(raw, "camt.053"), "BkToCstmrStmt")
    _whole(child(body, "GrpHdr/MsgPgntn"))
    ours = [one for one in children(body, "Stmt") if account_of(one) == master]
    if not ours:
        raise UnreadableError("not our account")
    found = [one for one in ours if day_of(_balance(one, _CLOSING), "Dt") == day]
    if len(found) != 1:
        raise UnreadableError("the statement of another day" if not found else "two statements")
    [node] = found
    _whole(child(node, "StmtPgntn"))
    _sums_agree(node)
    return Statement(
        message_id=required(body, "GrpHdr/MsgId"),
        raw=raw,
        day=day,
        sequence=_sequence(node),
        opening_fen=_signed(_balance(node, _OPENING)),
        closing_fen=_signed(_balance(node, _CLOSING)),
        entries=tuple(entries_of(node, master, by_day=True)),
    )


def _whole(pages: etree._Element | None) -> None:
    if pages is not None and not (text(pages, "PgNb") == "1" and holds(pages, "LastPgInd")):
        raise UnreadableError("a page is no statement")


def _sequence(node: etree._Element) -> int | None:
    told = text(node, "ElctrncSeqNb")
    if told is None:
        return None
    if not (told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS):
        raise UnreadableError("ElctrncSeqNb is no number")
    return int(told)


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


def _sums_agree(node: etree._Element) -> None:
    """Where the bank counts its own lines, they must be as many and as much as it says."""
    booked = [line for line in children(node, "Ntry") if is_booked(line)]
    for part, sign in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
        told = child(node, f"TxsSummry/{part}")
        if told is None:
            continue
        lines = [line for line in booked if text(line, "CdtDbtInd") == sign]
        count, total = text(told, "NbOfNtries"), text(told, "Sum")
        if count is not None and int(count) != len(lines):
            raise UnreadableError("entries are missing")
        if total is not None and Decimal(total) * 100 != sum(fen(line, "Amt") for line in lines):
            raise UnreadableError("entries do not add up")

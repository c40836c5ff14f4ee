"""camt.052 and camt.054 to bookings, pain.002 to an answer. Pure: bytes in, values out."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Final

from lxml import etree

from escrow.banks.gateway import Notice, Report, UnreadableError
from escrow.banks.iso20022.xml import (
    SHANGHAI,
    child,
    children,
    day,
    fen,
    holds,
    moment,
    parse,
    required,
    text,
)
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.refunds.rules import Answer

_NOT_BOOKED: Final = ("PDNG", "INFO", "FUTR")
_ACCEPTED: Final = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACCC"})


def read_notice(raw: bytes, *, master: str) -> Notice:
    """A camt.054, or a kept camt.052, about our master account. Raises UnreadableError."""
    root = parse(raw, "camt.054", "camt.052")
    if child(root, "BkToCstmrAcctRpt") is not None:
        body, part = body_of(root, "BkToCstmrAcctRpt"), "Rpt"
    else:
        body, part = body_of(root, "BkToCstmrDbtCdtNtfctn"), "Ntfctn"
    return Notice(
        required(body, "GrpHdr/MsgId"),
        tuple(e for n in children(body, part) for e in entries_of(n, master)),
    )


def read_report(raw: bytes, *, master: str, since: datetime) -> Report:
    """A camt.052 that answers the question about bookings from `since` on.

    Raises UnreadableError, also when the bank's own period does not cover the question.
    """
    root = parse(raw, "camt.052")
    body = body_of(root, "BkToCstmrAcctRpt")
    reports = list(children(body, "Rpt"))
    if len(reports) != 1:
        raise UnreadableError("expected one report")
    begins, ends = (moment(reports[0], f"FrToDt/{name}") for name in ("FrDtTm", "ToDtTm"))
    if begins > since or ends < begins:
        raise UnreadableError("the report does not cover what was asked")
    return Report(
        message_id=required(body, "GrpHdr/MsgId"),
        raw=raw,
        entries=tuple(entries_of(reports[0], master)),
        since=begins,
        complete_until=ends,
    )


def read_status(raw: bytes, *, key: str) -> Answer:
    """A pain.002 about the order `key`; any status that promises nothing is UNKNOWN.

    Raises UnreadableError when it speaks of another order.
    """
    root = parse(raw, "pain.002")
    body = body_of(root, "CstmrPmtStsRpt")
    if required(body, "OrgnlGrpInfAndSts/OrgnlMsgId") != key:
        raise UnreadableError("status of another order")
    told = (
        text(body, "OrgnlPmtInfAndSts/TxInfAndSts/TxSts")
        or text(body, "OrgnlPmtInfAndSts/PmtInfSts")
        or text(body, "OrgnlGrpInfAndSts/GrpSts")
    )
    if told == "RJCT":
        return Answer.REJECTED
    return Answer.ACCEPTED if told in _ACCEPTED else Answer.UNKNOWN


def body_of(root: etree._Element, name: str) -> etree._Element:
    """The message inside `Document`. Raises UnreadableError."""
    found = child(root, name)
    if found is None:
        raise UnreadableError(f"{name} is missing")
    return found


def account_of(report: etree._Element) -> str | None:
    """The account that a report, notice or statement is about."""
    return text(report, "Acct/Id/Othr/Id") or text(report, "Acct/Id/IBAN")


def entries_of(
    report: etree._Element, master: str, *, by_day: bool = False
) -> Iterator[BookedEntry]:
    """What is booked in a report, notice or statement of our account. Raises UnreadableError.

    `by_day`: a date alone is enough, as in the statements of most banks; it begins that day.
    """
    if account_of(report) != master:
        raise UnreadableError("not our account")
    for node in children(report, "Ntry"):
        if is_booked(node):
            yield from _entry(node, _booked_at(node, by_day=by_day))


def is_booked(node: etree._Element) -> bool:
    """Whether a line stands in the book. Raises UnreadableError for a state that is not ISO's."""
    state = text(node, "Sts/Cd") or text(node, "Sts")
    if state not in ("BOOK", *_NOT_BOOKED):
        raise UnreadableError("neither booked nor pending")
    return state == "BOOK"


def _booked_at(node: etree._Element, *, by_day: bool) -> datetime:
    if by_day and child(node, "BookgDt/DtTm") is None:
        return datetime.combine(day(node, "BookgDt"), time.min, SHANGHAI)
    return moment(node, "BookgDt/DtTm")


def _entry(node: etree._Element, at: datetime) -> list[BookedEntry]:
    details = list(children(node, "NtryDtls/TxDtls"))
    if len(details) <= 1:
        detail = details[0] if details else node
        reference = text(node, "AcctSvcrRef") or required(detail, "Refs/AcctSvcrRef")
        return [_booked(node, detail, _sign(node), reference, fen(node, "Amt"), at)]
    # A batch booked as one line: every payment in it counts by its own reference.
    parts = [
        _booked(
            node,
            detail,
            _sign(detail if child(detail, "CdtDbtInd") is not None else node),
            required(detail, "Refs/AcctSvcrRef"),
            fen(detail, "Amt" if child(detail, "Amt") is not None else "AmtDtls/TxAmt/Amt"),
            at,
        )
        for detail in details
    ]
    whole = _sign(node)
    if sum(p.amount_fen if p.sign is whole else -p.amount_fen for p in parts) != fen(node, "Amt"):
        raise UnreadableError("a batch does not add up")
    return parts


def _sign(node: etree._Element) -> Sign:
    try:
        return Sign(required(node, "CdtDbtInd"))
    except ValueError as error:
        raise UnreadableError("neither credit nor debit") from error


def _booked(
    node: etree._Element,
    detail: etree._Element,
    sign: Sign,
    bank_ref: str,
    amount_fen: int,
    at: datetime,
) -> BookedEntry:
    reversal = holds(node, "RvslInd")
    ours, theirs = ("Cdtr", "Dbtr") if (sign is Sign.CREDIT) != reversal else ("Dbtr", "Cdtr")
    original = text(detail, "Refs/TxId")
    if reversal and original is None:
        raise UnreadableError("a reversal does not name its original")
    end_to_end = text(detail, "Refs/EndToEndId")
    return BookedEntry(
        bank_ref=bank_ref,
        sign=sign,
        amount_fen=amount_fen,
        booked_at=at,
        number=_account(detail, f"{ours}Acct"),
        party=_party(detail, theirs),
        end_to_end=None if end_to_end == "NOTPROVIDED" else end_to_end,
        reverses=original if reversal else None,
        returned=child(detail, "RtrInf") is not None,
        interest=_is_interest(node, detail),
    )


def _is_interest(node: etree._Element, detail: etree._Element) -> bool:
    """By the code list of ISO 20022; the code stands on the entry, or on its only transaction."""
    return any(text(one, "BkTxCd/Domn/Fmly/SubFmlyCd") == "INTR" for one in (node, detail))


def _account(detail: etree._Element, name: str) -> str | None:
    return text(detail, f"RltdPties/{name}/Id/Othr/Id") or text(detail, f"RltdPties/{name}/Id/IBAN")


def _party(detail: etree._Element, name: str) -> Party | None:
    """Versions before 08 name a party directly, later ones inside a choice `Pty`."""
    found = child(detail, f"RltdPties/{name}/Pty")
    if found is None:
        found = child(detail, f"RltdPties/{name}")
    account = _account(detail, f"{name}Acct")
    if found is None or account is None:
        return None
    called = text(found, "Nm")
    if called is None:
        return None
    return Party(called, account, personal=child(found, "Id/PrvtId") is not None)

"""The bank's side of ISO 20022: camt.052 and camt.054 out, pain.001 in, pain.002 out.

Written apart from the platform's codec on purpose, so that the two test each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from lxml import etree

from escrow.banks.simulator.book import BookEntry, DeclinedError
from escrow.banks.simulator.days import Day
from escrow.banks.simulator.teller import SHANGHAI, Transfer

SPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True, slots=True)
class Order:
    """A customer's order as read; interest counts to `value_day` (Beijing)."""

    key: str
    value_day: date
    transfers: list[Transfer]


class Maker:
    """Makes elements of one message's namespace from texts and other elements."""

    def __init__(self, message: str) -> None:
        self._space = f"{SPACE}{message}"
        # The type stubs know no default namespace.
        self._map: dict[str, str] = {None: self._space}  # type: ignore[dict-item]

    def __call__(
        self, name: str, *parts: str | etree._Element, **attributes: str
    ) -> etree._Element:
        made = etree.Element(f"{{{self._space}}}{name}", attributes, nsmap=self._map)
        for part in parts:
            if isinstance(part, str):
                made.text = part
            else:
                made.append(part)
        return made


def notice(entry: BookEntry, *, master: str) -> bytes:
    """A camt.054.001.08 about one booking; the same bytes each time it is sent."""
    e = Maker("camt.054.001.08")
    reference = f"N{entry.seq}"
    return written(
        e(
            "Document",
            e(
                "BkToCstmrDbtCdtNtfctn",
                e("GrpHdr", e("MsgId", reference), e("CreDtTm", iso(entry.recorded_at))),
                e("Ntfctn", e("Id", reference), account(e, "Acct", master), _entry(e, entry)),
            ),
        )
    )


def report(
    entries: Iterable[BookEntry], *, master: str, message_id: str, since: datetime, until: datetime
) -> bytes:
    """A camt.052.001.08 complete from `since` to `until`."""
    e = Maker("camt.052.001.08")
    return written(
        e(
            "Document",
            e(
                "BkToCstmrAcctRpt",
                e("GrpHdr", e("MsgId", message_id), e("CreDtTm", iso(until))),
                e(
                    "Rpt",
                    e("Id", message_id),
                    e("FrToDt", e("FrDtTm", iso(since)), e("ToDtTm", iso(until))),
                    account(e, "Acct", master),
                    *(_entry(e, entry) for entry in entries),
                ),
            ),
        )
    )


def statement(told: Day, *, master: str, sequence: int, at: datetime) -> bytes:
    """A camt.053.001.08 of one day."""
    e = Maker("camt.053.001.08")
    name = f"S{told.day:%Y%m%d}-{at:%H%M%S%f}"
    return written(
        e(
            "Document",
            e(
                "BkToCstmrStmt",
                e("GrpHdr", e("MsgId", name), e("CreDtTm", iso(at))),
                e(
                    "Stmt",
                    e("Id", name),
                    e("ElctrncSeqNb", str(sequence)),
                    e("CreDtTm", iso(at)),
                    account(e, "Acct", master),
                    _balance(e, "OPBD", told.opening_fen, told.day),
                    _balance(e, "CLBD", told.closing_fen, told.day),
                    *(_entry(e, entry) for entry in told.entries),
                ),
            ),
        )
    )


def _balance(e: Maker, code: str, fen: int, day: date) -> etree._Element:
    return e(
        "Bal",
        e("Tp", e("CdOrPrtry", e("Cd", code))),
        e("Amt", str(Decimal(abs(fen)) / 100), Ccy="CNY"),
        e("CdtDbtInd", "DBIT" if fen < 0 else "CRDT"),
        e("Dt", e("Dt", day.isoformat())),
    )


def read_order(raw: bytes, *, master: str) -> Order:
    """A pain.001.001.09. Raises DeclinedError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    n = {"p": f"{SPACE}pain.001.001.09"}
    try:
        root = etree.fromstring(raw, parser)
        key = str(root.xpath("string(//p:GrpHdr/p:MsgId)", namespaces=n))
        debtor = str(root.xpath("string(//p:DbtrAcct/p:Id/p:Othr/p:Id)", namespaces=n))
        wanted = str(root.xpath("string(//p:PmtInf/p:ReqdExctnDt/p:DtTm)", namespaces=n))
        value_day = datetime.fromisoformat(wanted).astimezone(SHANGHAI).date()
        transfers = [_transfer(t, n) for t in root.findall(".//p:CdtTrfTxInf", n)]
    except (etree.XMLSyntaxError, ArithmeticError, ValueError) as error:
        raise DeclinedError("pain.001 无法读取") from error
    if not key or not transfers or debtor != master:
        raise DeclinedError("pain.001 缺少编号、明细或付款账户不符")
    return Order(key, value_day, transfers)


def _transfer(node: etree._Element, names: dict[str, str]) -> Transfer:
    def told(path: str) -> str:
        return str(node.xpath(f"string({path})", namespaces=names))

    return Transfer(
        end_to_end=told("p:PmtId/p:EndToEndId"),
        amount_fen=_fen(told("p:Amt/p:InstdAmt")),
        to_name=told("p:Cdtr/p:Nm"),
        to_number=told("p:CdtrAcct/p:Id/p:Othr/p:Id"),
        sub_account=told("p:UltmtDbtr/p:Id/p:OrgId/p:Othr/p:Id") or None,
        interest_fen=_fen(
            told("p:RmtInf/p:Strd/p:RfrdDocAmt/p:AdjstmntAmtAndRsn[p:Rsn='INTR']/p:Amt") or "0"
        ),
        credit_ref=told("p:RmtInf/p:Strd/p:CdtrRefInf/p:Ref") or None,
    )


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


def status(key: str, code: str, *, at: datetime) -> bytes:
    """A pain.002.001.12 about the order `key`."""
    e = Maker("pain.002.001.12")
    return written(
        e(
            "Document",
            e(
                "CstmrPmtStsRpt",
                e("GrpHdr", e("MsgId", f"S{key}"[:35]), e("CreDtTm", iso(at))),
                e(
                    "OrgnlGrpInfAndSts",
                    e("OrgnlMsgId", key),
                    e("OrgnlMsgNmId", "pain.001.001.09"),
                    e("GrpSts", code),
                ),
            ),
        )
    )


def _entry(e: Maker, entry: BookEntry) -> etree._Element:
    amount = e("Amt", f"{entry.amount_fen // 100}.{entry.amount_fen % 100:02d}", Ccy="CNY")
    reversal = [e("RvslInd", "true")] if entry.reverses else []
    return e(
        "Ntry",
        e("NtryRef", str(entry.seq)),
        amount,
        e("CdtDbtInd", entry.sign),
        *reversal,
        e("Sts", e("Cd", "BOOK")),
        e("BookgDt", e("DtTm", iso(entry.booked_at))),
        e("AcctSvcrRef", entry.bank_ref),
        _code(e, entry),
        e("NtryDtls", e("TxDtls", _references(e, entry), _parties(e, entry), *_return(e, entry))),
    )


def _code(e: Maker, entry: BookEntry) -> etree._Element:
    """What was booked; interest has its own code in the external code list of ISO 20022."""
    if not entry.interest:
        return e("BkTxCd", e("Prtry", e("Cd", "TRF")))
    family = e("Fmly", e("Cd", "MCOP"), e("SubFmlyCd", "INTR"))
    return e("BkTxCd", e("Domn", e("Cd", "ACMT"), family))


def _return(e: Maker, entry: BookEntry) -> list[etree._Element]:
    return [e("RtrInf", e("Rsn", e("Cd", "AC04")))] if entry.returned else []


def _references(e: Maker, entry: BookEntry) -> etree._Element:
    original = [e("TxId", entry.reverses)] if entry.reverses else []
    return e("Refs", e("EndToEndId", entry.end_to_end or "NOTPROVIDED"), *original)


def _parties(e: Maker, entry: BookEntry) -> etree._Element:
    """Debtor before creditor, as the schema orders them; a reversal keeps its original's roles."""
    identity = (
        [e("Id", e("PrvtId", e("Othr", e("Id", "NOTPROVIDED"))))] if entry.other_personal else []
    )
    party = e("Pty", e("Nm", entry.other_name), *identity)
    sub = [entry.sub_account] if entry.sub_account else []
    if (entry.sign == "CRDT") != bool(entry.reverses):
        return e(
            "RltdPties",
            e("Dbtr", party),
            account(e, "DbtrAcct", entry.other_number),
            *(account(e, "CdtrAcct", number) for number in sub),
        )
    return e(
        "RltdPties",
        *(account(e, "DbtrAcct", number) for number in sub),
        e("Cdtr", party),
        account(e, "CdtrAcct", entry.other_number),
    )


def account(e: Maker, name: str, number: str) -> etree._Element:
    return e(name, e("Id", e("Othr", e("Id", number))))


def written(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

"""How the simulated banks of the exchange protocol write: prefix, codes, case, units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from escrow.banks.simulator.teller import SHANGHAI


@dataclass(frozen=True, slots=True)
class Tongue:
    """A bank's way of writing: length prefix, codes by what is asked, time format, case, unit.

    `names` are what it calls otherwise than the province's form, which gives all the others.
    """

    lead: bytes
    digits: int
    codes: Mapping[str, str]
    times: str
    capitals: bool
    yuan: bool
    names: Mapping[str, str]

    def frame(self, xml: bytes) -> bytes:
        """Behind its length."""
        return self.lead + f"{len(xml):0{self.digits}d}".encode() + xml

    def money(self, fen: int) -> str:
        """An amount as it is written here."""
        return f"{Decimal(fen) / 100:.2f}" if self.yuan else str(fen)

    def fen(self, text: str) -> int:
        """An amount as it was read."""
        return int(Decimal(text) * 100) if self.yuan else int(text)

    def time(self, at: datetime) -> str:
        """Beijing time."""
        return at.astimezone(SHANGHAI).strftime(self.times)

    def moment(self, text: str) -> datetime:
        """Beijing time, as it was read."""
        return datetime.strptime(text, self.times).replace(tzinfo=SHANGHAI)

    def write(self, name: str, told: str) -> str:
        """One element, whatever is inside."""
        name = self.named(name)
        return f"<{name}>{told}</{name}>"

    def named(self, name: str) -> str:
        """What this bank calls a thing."""
        return self.names.get(name, name.upper() if self.capitals else name)

    def meant(self, name: str) -> str:
        """What the province's form calls a thing of this bank's, in small letters."""
        small = {written.lower(): known for known, written in self.names.items()}
        return small.get(name.lower(), name).lower()

    def fields(self, told: Mapping[str, str]) -> str:
        """Elements of text."""
        return "".join(self.write(name, escape(text)) for name, text in told.items() if text)


# This bank calls a few things otherwise.
NAMES_12 = {"InstSeq": "HstSeqNum", "Result": "RetCode", "OutName": "OppName", "OutAcct": "OppAcct"}
TONGUES = {
    "jiangsu": Tongue(
        b"",
        6,
        {
            "G00003": "open",
            "G00004": "close",
            "G00005": "entries",
            "G00008": "statement",
            "G00009": "link",
            "G00010": "refund",
            "G00011": "refund_state",
        },
        "%Y%m%d%H%M%S",
        capitals=False,
        yuan=True,
        names={},
    ),
    "prefix12": Tongue(
        b"BZJX",
        8,
        {
            "1001": "open",
            "1003": "close",
            "2001": "entries",
            "2002": "statement",
            "9001": "link",
            "1002": "refund",
            "2003": "refund_state",
        },
        "%Y-%m-%d %H:%M:%S",
        capitals=True,
        yuan=False,
        names=NAMES_12,
    ),
}
DIRECT = Tongue(
    b"",
    0,
    {
        "B2E101": "open",
        "B2E102": "close",
        "B2E201": "entries",
        "B2E202": "statement",
        "B2E301": "refund",
        "B2E302": "refund_state",
        "B2E901": "link",
    },
    "%Y%m%d%H%M%S",
    capitals=False,
    yuan=True,
    names={
        "head": "sysHead",
        "body": "appBody",
        "row": "record",
        "TransCode": "trsCode",
        "TransTime": "trsTime",
        "SeqNo": "reqSeqNo",
        "Result": "retCode",
        "MarginAcct": "mainAcctNo",
        "SubAcct": "subAcctNo",
        "BeginTime": "beginTime",
        "EndTime": "endTime",
        "CheckDate": "billDate",
        "InstSeq": "hostFlowNo",
        "DcFlag": "dcFlag",
        "InAmount": "trsAmt",
        "InDate": "acctTime",
        "OutName": "oppAcctName",
        "OutAcct": "oppAcctNo",
        "OutType": "oppAcctType",
        "TxType": "trsType",
        "OrderNo": "reqNo",
        "OrgInstSeq": "orgFlowNo",
        "Interest": "intAmt",
        "InInstSeq": "inFlowNo",
        "InMemo": "purpose",
        "ValueDate": "valueDate",
        "Count": "totalNum",
        "BeginBal": "openBal",
        "EndBal": "closeBal",
        "BillNo": "billNo",
    },
)

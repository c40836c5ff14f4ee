"""How one bank writes the exchange protocol: prefix, codes, names and their aliases, units. Data.

The Jiangsu form is that of the province's deposit interface (six digits, G00001 …); the other
banks of this family agree on the same acts and differ in everything one can differ in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Act(StrEnum):
    """What one party asks of the other."""

    ARRIVED = "arrived"
    OPEN = "open"
    CLOSE = "close"
    ENTRIES = "entries"
    STATEMENT = "statement"
    LINK = "link"
    REFUND = "refund"
    REFUND_STATE = "refund_state"


OK: Final = "00"
AGAIN: Final = "01"
REJECTED: Final = "13"
UNKNOWN_ORDER: Final = "14"
NOT_ISSUED: Final = "15"
"""Results that mean something to us; any other promises nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """One bank's writing.

    The prefix is `lead` and then `digits` decimal digits: the length of the XML in bytes. `names`
    gives for each field the name that is written, and after it those that are read as well.
    `times` is a strptime format in Beijing time; amounts are yuan with two places, or fen.
    """

    lead: bytes
    digits: int
    codes: Mapping[Act, str]
    names: Mapping[str, tuple[str, ...]]
    times: str
    yuan: bool

    @property
    def prefix(self) -> int:
        """Bytes before the XML."""
        return len(self.lead) + self.digits


_JIANGSU_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "head": ("head", "Head"),
        "body": ("body", "Body"),
        "row": ("row", "Row", "detail"),
        "code": ("TransCode", "TRANSCODE"),
        "at": ("TransTime", "TRANSTIME"),
        "serial": ("SeqNo", "SEQNO"),
        "result": ("Result", "RetCode"),
        "words": ("AddWord", "RetMsg"),
        "signature": ("Sign",),
        "account": ("MarginAcct", "MainAcct"),
        "auth": ("AuthCode",),
        "number": ("SubAcct", "InAcct", "AcctNo"),
        "since": ("BeginTime",),
        "until": ("EndTime",),
        "day": ("CheckDate",),
        "ref": ("InstSeq", "HstSeqNum"),
        "direction": ("DcFlag",),
        "amount": ("InAmount", "TxAmount"),
        "booked_at": ("InDate", "TxDate"),
        "party_name": ("OutName", "OppName"),
        "party_account": ("OutAcct", "OppAcct"),
        "party_kind": ("OutType",),
        "kind": ("TxType",),
        "order": ("OrderNo", "RefundNo"),
        "original": ("OrgInstSeq",),
        "interest": ("Interest",),
        "credit_ref": ("InInstSeq",),
        "memo": ("InMemo",),
        "value_day": ("ValueDate",),
        "count": ("Count",),
        "opening": ("BeginBal",),
        "closing": ("EndBal",),
        "sequence": ("BillNo",),
    }
)

JIANGSU: Final = Form(
    lead=b"",
    digits=6,
    codes=MappingProxyType(
        {
            Act.ARRIVED: "G00001",
            Act.OPEN: "G00003",
            Act.CLOSE: "G00004",
            Act.ENTRIES: "G00005",
            Act.STATEMENT: "G00008",
            Act.LINK: "G00009",
            Act.REFUND: "G00010",
            Act.REFUND_STATE: "G00011",
        }
    ),
    names=_JIANGSU_NAMES,
    times="%Y%m%d%H%M%S",
    yuan=True,
)

PREFIX12: Final = Form(
    lead=b"BZJX",
    digits=8,
    codes=MappingProxyType(
        {
            Act.ARRIVED: "3001",
            Act.OPEN: "1001",
            Act.CLOSE: "1003",
            Act.ENTRIES: "2001",
            Act.STATEMENT: "2002",
            Act.LINK: "9001",
            Act.REFUND: "1002",
            Act.REFUND_STATE: "2003",
        }
    ),
    names=MappingProxyType(
        {field: (names[0].upper(), *names) for field, names in _JIANGSU_NAMES.items()}
    ),
    times="%Y-%m-%d %H:%M:%S",
    yuan=False,
)

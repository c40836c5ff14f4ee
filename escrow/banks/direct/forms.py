"""How the direct connection writes what the exchange protocol's banks say too. Data."""

from types import MappingProxyType
from typing import Final

from escrow.banks.exchange.forms import Act, Form

DIRECT: Final = Form(
    # No prefix: HTTP counts the bytes.
    lead=b"",
    digits=0,
    codes=MappingProxyType(
        {
            Act.OPEN: "B2E101",
            Act.CLOSE: "B2E102",
            Act.ENTRIES: "B2E201",
            Act.STATEMENT: "B2E202",
            Act.REFUND: "B2E301",
            Act.REFUND_STATE: "B2E302",
            Act.LINK: "B2E901",
        }
    ),
    names=MappingProxyType(
        {
            "head": ("sysHead",),
            "body": ("appBody",),
            "row": ("record",),
            "code": ("trsCode",),
            "at": ("trsTime",),
            "serial": ("reqSeqNo",),
            "result": ("retCode",),
            "words": ("retMsg",),
            "account": ("mainAcctNo",),
            "auth": ("authNo",),
            "number": ("subAcctNo",),
            "since": ("beginTime",),
            "until": ("endTime",),
            "day": ("billDate",),
            "ref": ("hostFlowNo",),
            "direction": ("dcFlag",),
            "amount": ("trsAmt",),
            "booked_at": ("acctTime",),
            "party_name": ("oppAcctName",),
            "party_account": ("oppAcctNo",),
            "party_kind": ("oppAcctType",),
            "kind": ("trsType",),
            "order": ("reqNo",),
            "original": ("orgFlowNo",),
            "interest": ("intAmt",),
            "credit_ref": ("inFlowNo",),
            "memo": ("purpose",),
            "value_day": ("valueDate",),
            "count": ("totalNum",),
            "opening": ("openBal",),
            "closing": ("closeBal",),
            "sequence": ("billNo",),
        }
    ),
    times="%Y%m%d%H%M%S",
    yuan=True,
)

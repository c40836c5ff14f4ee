"""The bank's side of closing an account in ISO 20022: acmt.019 in, acmt.010 or acmt.011 out."""

from datetime import datetime

from lxml import etree

from escrow.banks.simulator.book import DeclinedError
from escrow.banks.simulator.wire import SPACE, Maker, account, iso, written


def read_request(raw: bytes) -> tuple[str, str]:
    """The request's id and the account it names. Raises DeclinedError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    names = {"a": f"{SPACE}acmt.019.001.04"}
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise DeclinedError("acmt.019 无法读取") from error
    told = [
        str(root.xpath(f"string(//a:AcctClsgReq/{path})", namespaces=names))
        for path in ("a:Refs/a:PrcId/a:Id", "a:AcctId/a:Id/a:Othr/a:Id")
    ]
    if not all(told):
        raise DeclinedError("acmt.019 缺少编号或账户")
    return told[0], told[1]


def answer(request_id: str, number: str, *, at: datetime, done: bool) -> bytes:
    """acmt.010 when it is closed, acmt.011 when it is not."""
    e = Maker("acmt.010.001.04" if done else "acmt.011.001.04")

    def about(name: str, value: str) -> etree._Element:
        return e(name, e("Id", value), e("CreDtTm", iso(at)))

    this = [about("MsgId", f"A{request_id}"[:35]), about("PrcId", request_id)]
    which = account(e, "AcctId", number)
    which.append(e("Ccy", "CNY"))
    holder = e("OrgId")
    keeper = e("AcctSvcrId", e("FinInstnId", e("Othr", e("Id", "NOTPROVIDED"))))
    if done:
        references = e("Refs", e("ReqTp", "CLSG"), *this)
        body = e("AcctReqAck", references, which, holder, keeper)
    else:
        reason = e("RjctnRsn", "NOT EMPTY")
        references = e(
            "Refs", e("RjctdReqTp", "CLSG"), reason, about("RjctdReqId", request_id), *this
        )
        body = e("AcctReqRjctn", references, keeper, which, holder)
    return written(e("Document", body))

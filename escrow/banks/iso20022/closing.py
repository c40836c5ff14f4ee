"""Closing a sub-account: acmt.019 out, acmt.010 or acmt.011 back. Pure."""

from datetime import datetime
from typing import Final

from escrow.banks.gateway import RefusedByBankError, UnreadableError
from escrow.banks.iso20022.writing import account, add, document, finished, iso_time
from escrow.banks.iso20022.xml import child, parse, required

MESSAGE: Final = "acmt.019.001.04"


def write_closing(number: str, *, master: str, key: str, at: datetime) -> bytes:
    """The request to close one account of `master`; `key` is message and process id.

    Raises ValueError for what the schema does not allow.
    """
    root = document(MESSAGE)
    body = add(root, "AcctClsgReq")
    references = add(body, "Refs")
    for name in ("MsgId", "PrcId"):
        one = add(references, name)
        add(one, "Id", key)
        add(one, "CreDtTm", iso_time(at))
    account(body, "AcctId", number)
    add(body[-1], "Ccy", "CNY")
    add(add(add(add(body, "AcctSvcrId"), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")
    add(add(add(add(body, "OrgId"), "OrgId"), "Othr"), "Id", master)
    return finished(root, MESSAGE)


def read_closing(raw: bytes, *, key: str) -> None:
    """Returns when the bank acknowledges. Raises RefusedByBankError, UnreadableError."""
    root = parse(raw, "acmt.010", "acmt.011")
    if child(root, "AcctReqRjctn") is not None:
        if required(root, "AcctReqRjctn/Refs/RjctdReqId/Id") != key:
            raise UnreadableError("a refusal of another request")
        raise RefusedByBankError("the account stays open")
    if required(root, "AcctReqAck/Refs/PrcId/Id") != key:
        raise UnreadableError("an acknowledgement of another request")

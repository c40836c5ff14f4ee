"""Refund batches as pain.001.001.09. Pure; what its schema does not allow is never written."""

from datetime import UTC, datetime
from typing import Final

from lxml import etree

from escrow.banks.gateway import RefundBatch, RefundOrder, UnreadableError
from escrow.banks.iso20022.schemas import check
from kernel.pure.money import yuan_decimal

MESSAGE: Final = "pain.001.001.09"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"


def document(message: str) -> etree._Element:
    """The empty `Document` of a message."""
    space = f"urn:iso:std:iso:20022:tech:xsd:{message}"
    # The type stubs know no default namespace.
    names: dict[str, str] = {None: space}  # type: ignore[dict-item]
    return etree.Element(f"{{{space}}}Document", nsmap=names)


def finished(root: etree._Element, message: str) -> bytes:
    """The message's bytes. Raises ValueError when its schema does not allow it."""
    try:
        check(root, message)
    except UnreadableError as error:
        raise ValueError(str(error)) from error
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def write_refunds(batch: RefundBatch, *, key: str) -> bytes:
    """The batch as one payment instruction; `key` is message and instruction id.

    Raises ValueError for what the schema does not allow, such as an empty batch or a key above 35
    characters.
    """
    total = str(yuan_decimal(sum(order.amount_fen for order in batch.orders)))
    count = str(len(batch.orders))
    root = document(MESSAGE)
    body = add(root, "CstmrCdtTrfInitn")
    header = add(body, "GrpHdr")
    add(header, "MsgId", key)
    add(header, "CreDtTm", iso_time(batch.requested_at))
    add(header, "NbOfTxs", count)
    add(header, "CtrlSum", total)
    add(add(header, "InitgPty"), "Nm", batch.debtor_name)
    payment = add(body, "PmtInf")
    add(payment, "PmtInfId", key)
    add(payment, "PmtMtd", "TRF")
    add(payment, "NbOfTxs", count)
    add(payment, "CtrlSum", total)
    add(add(payment, "ReqdExctnDt"), "DtTm", iso_time(batch.requested_at))
    add(add(payment, "Dbtr"), "Nm", batch.debtor_name)
    account(payment, "DbtrAcct", batch.debtor_account)
    agent = add(add(add(payment, "DbtrAgt"), "FinInstnId"), "Othr")
    add(agent, "Id", "NOTPROVIDED")
    for order in batch.orders:
        _transfer(payment, order)
    return finished(root, MESSAGE)


def iso_time(at: datetime) -> str:
    """UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _transfer(payment: etree._Element, order: RefundOrder) -> None:
    node = add(payment, "CdtTrfTxInf")
    add(add(node, "PmtId"), "EndToEndId", order.key)
    _yuan(add(node, "Amt"), "InstdAmt", order.amount_fen)
    if order.number is not None:
        ultimate = add(add(add(node, "UltmtDbtr"), "Id"), "OrgId")
        add(add(ultimate, "Othr"), "Id", order.number)
    add(add(node, "Cdtr"), "Nm", order.to.name)
    account(node, "CdtrAcct", order.to.account)
    remittance = add(node, "RmtInf")
    add(remittance, "Ustrd", order.remittance)
    if order.interest_fen:
        _interest(add(remittance, "Strd"), order)


def _interest(node: etree._Element, order: RefundOrder) -> None:
    """Principal, interest and sum, so that the bank can hold them against its own book."""
    amounts = add(node, "RfrdDocAmt")
    _yuan(amounts, "DuePyblAmt", order.amount_fen - order.interest_fen)
    adjusted = add(amounts, "AdjstmntAmtAndRsn")
    _yuan(adjusted, "Amt", order.interest_fen)
    add(adjusted, "CdtDbtInd", "CRDT")
    add(adjusted, "Rsn", "INTR")
    _yuan(amounts, "RmtdAmt", order.amount_fen)
    add(add(node, "CdtrRefInf"), "Ref", order.credit_ref)


def _yuan(node: etree._Element, name: str, fen: int) -> None:
    add(node, name, str(yuan_decimal(fen))).set("Ccy", "CNY")


def account(node: etree._Element, name: str, number: str) -> None:
    """An account by a number that is no IBAN."""
    add(add(add(add(node, name), "Id"), "Othr"), "Id", number)


def add(node: etree._Element, name: str, value: str | None = None) -> etree._Element:
    """A new last child in the namespace of its parent."""
    made = etree.SubElement(node, f"{{{etree.QName(node).namespace}}}{name}")
    made.text = value
    return made

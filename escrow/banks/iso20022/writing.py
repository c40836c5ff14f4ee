"""Refund batches as pain.001.001.09. Pure; everything written validates against the XSD."""

from datetime import UTC, datetime
from typing import Final

from lxml import etree

from escrow.banks.gateway import RefundBatch, RefundOrder
from kernel.pure.money import yuan_decimal

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# The type stubs know no default namespace.
_NSMAP: Final[dict[str, str]] = {None: NAMESPACE}  # type: ignore[dict-item]


def write_refunds(batch: RefundBatch, *, key: str) -> bytes:
    """The batch as one payment instruction; `key` is message and instruction id.

    Raises ValueError for an empty batch or an identifier above 35 characters.
    """
    if not batch.orders or any(len(k) > 35 for k in (key, *(o.key for o in batch.orders))):
        raise ValueError("a batch needs orders and identifiers of at most 35 characters")
    total = str(yuan_decimal(sum(order.amount_fen for order in batch.orders)))
    count = str(len(batch.orders))
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap=_NSMAP)
    body = _add(root, "CstmrCdtTrfInitn")
    header = _add(body, "GrpHdr")
    _add(header, "MsgId", key)
    _add(header, "CreDtTm", iso_time(batch.requested_at))
    _add(header, "NbOfTxs", count)
    _add(header, "CtrlSum", total)
    _add(_add(header, "InitgPty"), "Nm", batch.debtor_name)
    payment = _add(body, "PmtInf")
    _add(payment, "PmtInfId", key)
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "NbOfTxs", count)
    _add(payment, "CtrlSum", total)
    _add(_add(payment, "ReqdExctnDt"), "DtTm", iso_time(batch.requested_at))
    _add(_add(payment, "Dbtr"), "Nm", batch.debtor_name)
    _account(payment, "DbtrAcct", batch.debtor_account)
    agent = _add(_add(_add(payment, "DbtrAgt"), "FinInstnId"), "Othr")
    _add(agent, "Id", "NOTPROVIDED")
    for order in batch.orders:
        _transfer(payment, order)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def iso_time(at: datetime) -> str:
    """UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _transfer(payment: etree._Element, order: RefundOrder) -> None:
    node = _add(payment, "CdtTrfTxInf")
    _add(_add(node, "PmtId"), "EndToEndId", order.key)
    _yuan(_add(node, "Amt"), "InstdAmt", order.amount_fen)
    if order.number is not None:
        ultimate = _add(_add(_add(node, "UltmtDbtr"), "Id"), "OrgId")
        _add(_add(ultimate, "Othr"), "Id", order.number)
    _add(_add(node, "Cdtr"), "Nm", order.to.name)
    _account(node, "CdtrAcct", order.to.account)
    remittance = _add(node, "RmtInf")
    _add(remittance, "Ustrd", order.remittance)
    if order.interest_fen:
        _interest(_add(remittance, "Strd"), order)


def _interest(node: etree._Element, order: RefundOrder) -> None:
    """Principal, interest and sum, so that the bank can hold them against its own book."""
    amounts = _add(node, "RfrdDocAmt")
    _yuan(amounts, "DuePyblAmt", order.amount_fen - order.interest_fen)
    adjusted = _add(amounts, "AdjstmntAmtAndRsn")
    _yuan(adjusted, "Amt", order.interest_fen)
    _add(adjusted, "CdtDbtInd", "CRDT")
    _add(adjusted, "Rsn", "INTR")
    _yuan(amounts, "RmtdAmt", order.amount_fen)
    _add(_add(node, "CdtrRefInf"), "Ref", order.credit_ref)


def _yuan(node: etree._Element, name: str, fen: int) -> None:
    _add(node, name, str(yuan_decimal(fen))).set("Ccy", "CNY")


def _account(node: etree._Element, name: str, number: str) -> None:
    _add(_add(_add(_add(node, name), "Id"), "Othr"), "Id", number)


def _add(node: etree._Element, name: str, value: str | None = None) -> etree._Element:
    made = etree.SubElement(node, f"{{{NAMESPACE}}}{name}")
    made.text = value
    return made

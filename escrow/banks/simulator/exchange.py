"""The simulated banks behind a length-prefixed GBK line: the province's form, and another's.

Written apart from the platform's codec on purpose, so that the two test each other.
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from escrow.banks.simulator import days, teller
from escrow.banks.simulator.book import Book, BookEntry, DeclinedError, bank_now, wall_now
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.teller import Transfer
from escrow.banks.simulator.tills import Till, close_sub_account, open_sub_accounts, till
from escrow.banks.simulator.tongues import Tongue

GBK = "gb18030"
FIELD = re.compile(r"<([A-Za-z]+)>([^<]*)</\1>")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as read: what is asked, its fields in one case, its rows."""

    what: str
    fields: Mapping[str, str]
    rows: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: result, body, rows; `body` None when the line falls silent instead."""

    result: str
    body: Mapping[str, str]
    rows: Iterable[Mapping[str, str]] = ()
    silent: bool = False


def read(tongue: Tongue, xml: bytes) -> Asked:
    """A request. Raises DeclinedError."""
    try:
        text = xml.decode(GBK)
    except UnicodeDecodeError as error:
        raise DeclinedError("报文不是 GBK") from error
    row = tongue.named("row")
    rows_of = re.compile(f"<{row}>(.*?)</{row}>", re.S)
    rows = [_fields(tongue, found) for found in rows_of.findall(text)]
    fields = _fields(tongue, rows_of.sub("", text))
    what = tongue.codes.get(fields.get("transcode", ""))
    if what is None:
        raise DeclinedError("没有这个交易码")
    return Asked(what, fields, rows)


def _fields(tongue: Tongue, text: str) -> dict[str, str]:
    return {tongue.meant(name): unescape(told) for name, told in FIELD.findall(text)}


def answer(book: Book, code: str, tongue: Tongue, xml: bytes) -> bytes | None:
    """What the bank says to a request; None when it says nothing."""
    asked = read(tongue, xml)
    with book.session() as session:
        at = till(session, code)
        if at.is_down():
            return None
        told = _ACTS[asked.what](at, tongue, asked)
        if told.silent:
            return None
        head = {
            "TransCode": asked.fields["transcode"],
            "TransTime": tongue.time(bank_now(session)),
            "SeqNo": asked.fields.get("seqno", ""),
            "Result": told.result,
        }
        return _xml(tongue, head, told.body, told.rows)


def notice(tongue: Tongue, code: str) -> Callable[[Till, BookEntry], Parcel]:
    """How a bank of this tongue tells of an arrival."""

    def told(at: Till, entry: BookEntry) -> Parcel:
        key = Ed25519PrivateKey.from_private_bytes(at.state.signing_key)
        head = {
            "TransCode": code,
            "TransTime": tongue.time(wall_now(at.session)),
            "SeqNo": f"N{entry.seq}",
        }
        account = {"MarginAcct": at.state.master_number}
        bare = _xml(tongue, head, account, [_row(tongue, entry)])
        name = tongue.named("body").encode()
        start, end = bare.find(b"<" + name + b">"), bare.rfind(b"</" + name + b">")
        body = bare[start : end + len(name) + 3]
        said = f"{code}.{head['SeqNo']}.{head['TransTime']}.".encode() + body
        signed = {**head, "Sign": base64.b64encode(key.sign(said)).decode()}
        return Parcel(_xml(tongue, signed, account, [_row(tongue, entry)]), {})

    return told


def _xml(
    tongue: Tongue,
    head: Mapping[str, str],
    body: Mapping[str, str],
    rows: Iterable[Mapping[str, str]],
) -> bytes:
    lines = "".join(tongue.write("row", tongue.fields(row)) for row in rows)
    inside = tongue.write("head", tongue.fields(head)) + tongue.write(
        "body", tongue.fields(body) + lines
    )
    return f'<?xml version="1.0" encoding="GBK"?><root>{inside}</root>'.encode(GBK)


def _row(tongue: Tongue, entry: BookEntry) -> dict[str, str]:
    return {
        "InstSeq": entry.bank_ref,
        "DcFlag": "C" if entry.sign == "CRDT" else "D",
        "InAmount": tongue.money(entry.amount_fen),
        "InDate": tongue.time(entry.booked_at),
        "SubAcct": entry.sub_account or "",
        "OutName": entry.other_name,
        "OutAcct": entry.other_number,
        "OutType": "2" if entry.other_personal else "1",
        "TxType": "1" if entry.interest else "2" if entry.returned else "0",
        "OrderNo": entry.end_to_end or "",
        "OrgInstSeq": entry.reverses or "",
    }


def _open(at: Till, _tongue: Tongue, _asked: Asked) -> Told:
    [number] = open_sub_accounts(at, 1)
    return Told("00", {"SubAcct": number})


def _close(at: Till, _tongue: Tongue, asked: Asked) -> Told:
    return Told("00" if close_sub_account(at, asked.fields["subacct"]) else "13", {})


def _entries(at: Till, tongue: Tongue, asked: Asked) -> Told:
    until = bank_now(at.session)
    since = min(tongue.moment(asked.fields["begintime"]), until)
    # Whole seconds are spoken here: what is booked in this one is told with the next question.
    until = until.replace(microsecond=0)
    rows = [_row(tongue, one) for one in teller.entries_since(at, since, until)]
    times = {"BeginTime": tongue.time(since), "EndTime": tongue.time(until)}
    return Told("00", {"MarginAcct": at.state.master_number, **times}, rows)


def _statement(at: Till, tongue: Tongue, asked: Asked) -> Told:
    day = date.fromisoformat(asked.fields["checkdate"])
    told = days.of(at, day)
    if told is None:
        return Told("15", {})
    full = len(told.entries)
    told, sequence = days.spoiled(at, told, day.toordinal())
    body = {
        "MarginAcct": at.state.master_number,
        "CheckDate": f"{day:%Y%m%d}",
        "Count": str(full),
        "BeginBal": tongue.money(told.opening_fen),
        "EndBal": tongue.money(told.closing_fen),
        "BillNo": str(sequence),
    }
    return Told("00", body, [_row(tongue, one) for one in told.entries])


def _link(_at: Till, _tongue: Tongue, _asked: Asked) -> Told:
    return Told("00", {})


def _refund(at: Till, tongue: Tongue, asked: Asked) -> Told:
    key = asked.fields["orderno"]
    known = teller.status_of(at, key) is not None
    status = teller.take_order(
        at,
        key=key,
        raw=repr(asked).encode(),
        value_day=date.fromisoformat(asked.fields["valuedate"]),
        transfers=[_transfer(tongue, row) for row in asked.rows],
    )
    silent = at.fault("lose_refund_answer") is not None
    return Told(_result(status, known=known), {"OrderNo": key}, silent=silent)


def _transfer(tongue: Tongue, row: Mapping[str, str]) -> Transfer:
    return Transfer(
        end_to_end=row["orderno"],
        amount_fen=tongue.fen(row["inamount"]),
        to_name=row["outname"],
        to_number=row["outacct"],
        sub_account=row.get("subacct"),
        interest_fen=tongue.fen(row.get("interest", "0")),
        credit_ref=row.get("ininstseq"),
    )


def _refund_state(at: Till, _tongue: Tongue, asked: Asked) -> Told:
    key = asked.fields["orderno"]
    status = teller.status_of(at, key)
    return Told("14" if status is None else _result(status, known=True), {"OrderNo": key})


def _result(status: str, *, known: bool) -> str:
    return "13" if status == "RJCT" else "01" if known else "00"


_ACTS: Mapping[str, Callable[[Till, Tongue, Asked], Told]] = {
    "open": _open,
    "close": _close,
    "entries": _entries,
    "statement": _statement,
    "link": _link,
    "refund": _refund,
    "refund_state": _refund_state,
}

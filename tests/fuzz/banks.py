"""Readers of what banks send: each takes any bytes, or refuses them by a cause."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final

import tests
from escrow.banks.direct import signing
from escrow.banks.direct.forms import DIRECT
from escrow.banks.exchange import messages
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Act, Form
from escrow.banks.exchange.messages import Message
from escrow.banks.filedrop.feeds import feed_of
from escrow.banks.filedrop.files import File, read_all, write
from escrow.banks.gateway import UnreadableError
from escrow.banks.iso20022.closing import read_closing
from escrow.banks.iso20022.reading import read_notice, read_report, read_status
from escrow.banks.iso20022.statements import read_statement
from escrow.banks.simulator import closings, wire
from escrow.banks.smjson.reading import entries_of
from kernel.crypto import sm
from kernel.pure.errors import Refused

MASTER: Final = "3301040112345678901"
AT: Final = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
LONG_AGO: Final = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
KEY: Final = sm.derive(b"\1" * 32)
FOREIGN: Final = Path(str(tests.__file__)).parent / "escrow" / "banks" / "iso20022" / "foreign"
ROW: Final = {
    "ref": "JP1",
    "direction": "C",
    "amount": "8000",
    "number": "6232",
    "party_name": "𠮷川（云澜）<&>",
    "party_account": "3301",
}

Read = Callable[[bytes], object]


def _iso(raw: bytes) -> None:
    """As whichever message it is; every reader must bear every one."""
    taken = 0
    for read in (
        lambda: read_notice(raw, master=MASTER),
        lambda: read_report(raw, master=MASTER, since=AT),
        lambda: read_statement(raw, master=MASTER, day=date(2026, 11, 22)),
        lambda: read_status(raw, key="K"),
        lambda: read_closing(raw, key="K"),
    ):
        try:
            read()
            taken += 1
        except UnreadableError:
            continue
    if not taken:
        raise Refused("ESC-2101")


def _isos() -> list[bytes]:
    return [
        *(path.read_bytes() for path in sorted(FOREIGN.glob("*.xml"))),
        wire.report([], master=MASTER, message_id="R", since=LONG_AGO, until=AT),
        wire.status("K", "ACSC", at=AT),
        closings.answer("K", "6233", at=AT, done=True),
    ]


def _exchange(form: Form) -> Read:
    def read(raw: bytes) -> None:
        told = messages.read(form, raw)
        for row in told.rows:
            messages.entry_of(form, row)

    return read


def _exchanges(form: Form) -> Callable[[], list[bytes]]:
    row = {**ROW, "booked_at": messages.told_at(form, AT)}
    message = Message(Act.ENTRIES, {"serial": "N1"}, {"account": "3205"}, [row])
    return lambda: [messages.write(form, message)]


def _signed(raw: bytes) -> None:
    signing.check(raw, keys=[KEY.public], now=AT)


@cache
def _signed_ones() -> list[bytes]:
    # Once: every signature differs, and what is tried on them must not.
    [xml] = _exchanges(DIRECT)()
    return [signing.signed(xml, by=KEY, at=AT)]


def _drop(raw: bytes) -> None:
    for file in read_all(raw):
        if file.kind == "MX":
            feed_of(file, MASTER, raw)


def _drops() -> list[bytes]:
    times = ("20261122110000", "20261122120000")
    return [
        write(File("MX", MASTER, ("1", *times))),
        write(File("TK", MASTER, ("R1", *times), (("R1", "6233"),))),
    ]


def _line(raw: bytes) -> None:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("no JSON") from error
    entries_of(told if isinstance(told, dict) else {}, MASTER)


def _lines() -> list[bytes]:
    line = {"flowNo": "QH1", "amount": -5, "bookTime": 1795311000000, "orderNo": None}
    party = {"name": "甲公司", "account": "622", "kind": "PERSON"}
    told = {"account": MASTER, "list": [{**line, "counterparty": party}]}
    return [json.dumps(told, ensure_ascii=False).encode()]


def _by_cause(read: Read) -> Callable[[bytes], None]:
    def refusing(raw: bytes) -> None:
        try:
            read(raw)
        except UnreadableError as error:
            raise Refused("ESC-2101") from error

    return refusing


READERS: Final = (
    ("bank-iso", _by_cause(_iso), _isos),
    ("bank-jiangsu", _by_cause(_exchange(JIANGSU)), _exchanges(JIANGSU)),
    ("bank-prefix12", _by_cause(_exchange(PREFIX12)), _exchanges(PREFIX12)),
    ("bank-signed", _by_cause(_signed), _signed_ones),
    ("bank-drop", _by_cause(_drop), _drops),
    ("bank-json", _by_cause(_line), _lines),
)

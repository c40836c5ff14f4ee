"""The ISO 20022 bank: codec and HTTP, no rule.

Opening sub-accounts has no ISO message without a holder, so that one request is plain JSON.
"""

import json
import secrets
import urllib.parse
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from escrow.banks.gateway import (
    BankUnreachableError,
    Health,
    Notice,
    RefundBatch,
    Report,
    Statement,
    UnreadableError,
    believed,
    evidence,
)
from escrow.banks.iso20022.closing import read_closing, write_closing
from escrow.banks.iso20022.reading import read_notice, read_report, read_status
from escrow.banks.iso20022.statements import read_statement
from escrow.banks.iso20022.writing import iso_time, write_refunds
from escrow.banks.transport import Answered, HttpTransport
from escrow.refunds.rules import Answer

_XML: Final = {"Content-Type": "application/xml; charset=utf-8"}
_JSON: Final = {"Content-Type": "application/json"}


class Iso20022Bank:
    """A `BankGateway` for one master account."""

    def __init__(self, transport: HttpTransport, *, master: str, wall: datetime) -> None:
        self._transport = transport
        self._master = master
        self._wall = wall
        self._account = f"/iso/accounts/{urllib.parse.quote(master, safe='')}"

    def open_sub_accounts(self, count: int) -> Sequence[str]:
        """Open `count` numbers; raises BankUnreachableError."""
        answered = self._transport.request(
            "POST",
            f"{self._account}/sub-accounts",
            body=json.dumps({"count": count}).encode(),
            headers=_JSON,
        )
        try:
            numbers = json.loads(self._usable(answered))["numbers"]
        except (ValueError, KeyError, TypeError) as error:
            raise BankUnreachableError("no list of numbers") from error
        return [str(number) for number in numbers]

    def close_sub_account(self, number: str) -> None:
        """Send an acmt.019; only the bank's acmt.010 about it says that it is done."""
        key = secrets.token_hex(16)
        raw = write_closing(number, master=self._master, key=key, at=self._wall)
        path = f"{self._account}/closings"
        answered = self._transport.request("POST", path, body=raw, headers=_XML)
        with believed():
            read_closing(self._usable(answered), key=key)

    def query_entries(self, since: datetime) -> Report:
        """A camt.052 from `since` on."""
        query = urllib.parse.urlencode({"from": iso_time(since)})
        raw = self._usable(self._transport.request("GET", f"{self._account}/report?{query}"))
        with evidence(raw):
            return read_report(raw, master=self._master, since=since)

    def get_statement(self, day: date) -> Statement | None:
        """The camt.053 of a day; only the bank's own 404 is a statement not issued yet."""
        answered = self._transport.request("GET", f"{self._account}/statement?day={day}")
        if answered.status == 404:
            return None
        raw = self._usable(answered)
        with evidence(raw):
            return read_statement(raw, master=self._master, day=day)

    def submit_refund(self, batch: RefundBatch, key: str) -> Answer:
        """Send a pain.001; whatever is not a readable pain.002 about it is UNKNOWN.

        What the schema does not allow never leaves, so it is REJECTED here.
        """
        try:
            raw = write_refunds(batch, key=key)
        except ValueError:
            return Answer.REJECTED
        try:
            answered = self._transport.request("POST", "/iso/payments", body=raw, headers=_XML)
            return read_status(self._usable(answered), key=key)
        except (BankUnreachableError, UnreadableError):
            return Answer.UNKNOWN

    def query_refund(self, key: str) -> Answer:
        """Ask about an order; only the bank's own 404 is NOT_FOUND."""
        answered = self._transport.request("GET", f"/iso/payments/{urllib.parse.quote(key)}")
        if answered.status == 404:
            return Answer.NOT_FOUND
        try:
            return read_status(self._usable(answered), key=key)
        except UnreadableError:
            return Answer.UNKNOWN

    def parse_callback(self, headers: Mapping[str, str], raw: bytes) -> Notice:
        """A pushed camt.054."""
        return read_notice(raw, master=self._master)

    def health(self) -> Health:
        """The bank's link test."""
        try:
            told = json.loads(self._usable(self._transport.request("GET", "/health")))
            return Health(True, datetime.fromisoformat(told["time"]))
        except (BankUnreachableError, ValueError, KeyError, TypeError):
            return Health(False, None)

    def _usable(self, answered: Answered) -> bytes:
        if answered.status != 200:
            raise BankUnreachableError(f"status {answered.status}")
        return answered.body

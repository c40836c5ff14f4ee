"""A bank of the SM2/SM4 dialect: codec and HTTP, no rule."""

import secrets
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from escrow.banks.gateway import (
    BankUnreachableError,
    Cause,
    Health,
    Notice,
    RefundBatch,
    RefundOrder,
    RefusedByBankError,
    Report,
    Statement,
    UnreadableError,
    believed,
    evidence,
)
from escrow.banks.smjson import envelopes
from escrow.banks.smjson.reading import (
    answer_of,
    entries_of,
    field,
    moment,
    statement_of,
    text,
)
from escrow.banks.transport import Answered, HttpTransport
from escrow.refunds.rules import Answer
from kernel.crypto.sm import Sm2Key
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI


@dataclass(frozen=True, slots=True)
class SmJsonBank:
    """A `BankGateway` for one master account; `ours` signs, `theirs` are the bank's public keys.

    It is made for one conversation: `wall` is when.
    """

    transport: HttpTransport
    master: str
    ours: Sm2Key
    theirs: tuple[bytes, ...]
    wall: datetime

    def open_sub_accounts(self, count: int) -> Sequence[str]:
        """Open a batch of numbers. Raises BankUnreachableError."""
        with believed():
            _, told = self._usable("sub-accounts/open", {"count": count})
        numbers = told.get("numbers")
        if not isinstance(numbers, list):
            raise BankUnreachableError("no list of numbers")
        return [str(number) for number in numbers]

    def close_sub_account(self, number: str) -> None:
        """Close one number."""
        with believed():
            _, told = self._ask("sub-accounts/close", {"subAccount": number})
        if told.get("code") == "REFUSED":
            raise RefusedByBankError("the account stays open")
        _fine(told)

    def query_entries(self, since: datetime) -> Report:
        """Everything booked from `since` on."""
        raw, told = self._usable("entries/query", {"since": _told(since)})
        with evidence(raw):
            return self._report(raw, told, since)

    def _report(self, raw: bytes, told: dict[str, Any], since: datetime) -> Report:
        begins, ends = field(told, "since", moment), field(told, "until", moment)
        if begins > since or ends < begins:
            raise UnreadableError("the answer does not cover what was asked")
        return Report(
            message_id=field(told, "messageId", text),
            raw=raw,
            entries=entries_of(told, self.master),
            since=begins,
            complete_until=ends,
        )

    def get_statement(self, day: date) -> Statement | None:
        """The statement of a day, None while the bank has not issued it."""
        raw, told = self._ask("statements/get", {"day": day.isoformat()})
        if told.get("code") == "NOT_ISSUED":
            return None
        with evidence(raw):
            return statement_of(_fine(told), raw, master=self.master, day=day)

    def submit_refund(self, batch: RefundBatch, key: str) -> Answer:
        """Order a batch under its key; whatever is no readable answer about it is UNKNOWN."""
        day = batch.requested_at.astimezone(SHANGHAI).date()
        body = {
            "orderNo": key,
            "valueDate": day.isoformat(),
            "list": [_transfer(order) for order in batch.orders],
        }
        try:
            _, told = self._ask("refunds/submit", body, key=key)
            return answer_of(_fine(told), key)
        except (BankUnreachableError, UnreadableError):
            return Answer.UNKNOWN

    def query_refund(self, key: str) -> Answer:
        """Ask about an order."""
        try:
            _, told = self._ask("refunds/query", {"orderNo": key})
            return answer_of(_fine(told), key)
        except UnreadableError:
            return Answer.UNKNOWN

    def parse_callback(self, headers: Mapping[str, str], raw: bytes) -> Notice:
        """A push, or a kept answer about bookings."""
        told = envelopes.unwrapped(raw, by=self.ours)
        return Notice(field(told, "messageId", text), entries_of(told, self.master))

    def health(self) -> Health:
        """The link test."""
        try:
            _, told = self._usable("link/test", {})
            return Health(True, field(told, "time", moment))
        except (BankUnreachableError, UnreadableError):
            return Health(False, None)

    def _ask(
        self, what: str, body: Mapping[str, Any], *, key: str = ""
    ) -> tuple[bytes, dict[str, Any]]:
        """The answer as received and as read, the bank's signature checked."""
        key = key or secrets.token_hex(16)
        asked = envelopes.wrapped({"account": self.master, **body}, to=self.theirs[0])
        signed = envelopes.signed_headers(asked, by=self.ours, whither=what, key=key, at=self.wall)
        answered = self.transport.request(
            "POST",
            f"/sm/{urllib.parse.quote(what)}",
            body=asked,
            headers={**signed, "Content-Type": "application/json"},
        )
        if answered.status != 200:
            raise BankUnreachableError(f"status {answered.status}")
        with evidence(answered.body):
            return answered.body, self._opened(answered, f"{what} {key}")

    def _opened(self, answered: Answered, whither: str) -> dict[str, Any]:
        try:
            envelopes.verified_id(
                answered.headers, answered.body, keys=self.theirs, now=self.wall, whither=whither
            )
        except Refused as refused:
            words = f"an answer that is not the bank's: {refused.code}"
            raise UnreadableError(words, Cause.SIGNATURE) from refused
        return envelopes.unwrapped(answered.body, by=self.ours)

    def _usable(self, what: str, body: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
        raw, told = self._ask(what, body)
        return raw, _fine(told)


def _fine(told: dict[str, Any]) -> dict[str, Any]:
    if told.get("code") != "OK":
        raise BankUnreachableError(f"code {str(told.get('code'))[:20]}")
    return told


def _told(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _transfer(order: RefundOrder) -> dict[str, Any]:
    return {
        "orderNo": order.key,
        "subAccount": order.number,
        "amount": order.amount_fen,
        "interest": order.interest_fen,
        "creditFlowNo": order.credit_ref,
        "payee": {"name": order.to.name, "account": order.to.account},
        "remark": order.remittance,
    }

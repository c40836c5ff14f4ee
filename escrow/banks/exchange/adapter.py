"""A bank of the exchange protocol: codec and line, no rule."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from escrow.banks.exchange.forms import (
    AGAIN,
    NOT_ISSUED,
    OK,
    REJECTED,
    UNKNOWN_ORDER,
    Act,
    Form,
)
from escrow.banks.exchange.messages import (
    Message,
    Values,
    entry_of,
    fen,
    moment,
    read,
    required,
    told_at,
    told_fen,
    write,
)
from escrow.banks.gateway import (
    BankUnreachableError,
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
from escrow.bookings.rules import BookedEntry
from escrow.refunds.rules import Answer
from kernel.pure.legal_days import SHANGHAI


class Asks(Protocol):
    """A way to the bank: a TCP line, or signed messages over HTTPS."""

    @property
    def form(self) -> Form:
        """How the bank writes."""

    def ask(self, xml: bytes) -> bytes:
        """The XML of the answer. Raises BankUnreachableError, UnreadableError."""


class ExchangeBank:
    """A `BankGateway` for one master account."""

    def __init__(self, line: Asks, *, master: str) -> None:
        self._line = line
        self._form: Form = line.form
        self._master = master

    def open_sub_accounts(self, count: int) -> Sequence[str]:
        """One request a number; the same authorisation again would give the same number."""
        opened = []
        with believed():
            for _ in range(count):
                _, answer = self._usable(Act.OPEN, {"auth": secrets.token_hex(12)})
                opened.append(required(answer.body, "number"))
        return opened

    def close_sub_account(self, number: str) -> None:
        """One request a number."""
        with believed():
            _, answer = self._ask(Act.CLOSE, {"number": number})
            if answer.head.get("result") == REJECTED:
                raise RefusedByBankError("the account stays open")
            self._check(answer)

    def query_entries(self, since: datetime) -> Report:
        """Every movement from `since` on."""
        asked = {"since": told_at(self._form, since)}
        raw, answer = self._usable(Act.ENTRIES, asked)
        with evidence(raw):
            return self._report(raw, answer, since)

    def _report(self, raw: bytes, answer: Message, since: datetime) -> Report:
        begins = moment(self._form, required(answer.body, "since"))
        ends = moment(self._form, required(answer.body, "until"))
        if begins > since or ends < begins:
            raise UnreadableError("the answer does not cover what was asked")
        return Report(
            message_id=required(answer.head, "serial"),
            raw=raw,
            entries=self._entries(answer),
            since=begins,
            complete_until=ends,
        )

    def get_statement(self, day: date) -> Statement | None:
        """The reconciliation list of a day."""
        raw, answer = self._ask(Act.STATEMENT, {"day": f"{day:%Y%m%d}"})
        if answer.head.get("result") == NOT_ISSUED:
            return None
        self._check(answer)
        with evidence(raw):
            return self._statement(raw, answer, day)

    def _statement(self, raw: bytes, answer: Message, day: date) -> Statement:
        if required(answer.body, "day") != f"{day:%Y%m%d}":
            raise UnreadableError("the statement of another day")
        entries = self._entries(answer)
        if required(answer.body, "count") != str(len(entries)):
            raise UnreadableError("entries are missing")
        told = answer.body.get("sequence", "")
        return Statement(
            message_id=required(answer.head, "serial"),
            raw=raw,
            day=day,
            sequence=int(told) if told.isascii() and told.isdigit() else None,
            opening_fen=fen(self._form, required(answer.body, "opening")),
            closing_fen=fen(self._form, required(answer.body, "closing")),
            entries=entries,
        )

    def submit_refund(self, batch: RefundBatch, key: str) -> Answer:
        """Order a batch; whatever is no readable answer about it is UNKNOWN."""
        day = batch.requested_at.astimezone(SHANGHAI)
        body = {"order": key, "value_day": f"{day:%Y%m%d}"}
        rows = [self._row(order) for order in batch.orders]
        try:
            _, answer = self._ask(Act.REFUND, body, rows)
            return self._word(answer, key)
        except (BankUnreachableError, UnreadableError):
            return Answer.UNKNOWN

    def query_refund(self, key: str) -> Answer:
        """Ask about an order; only the bank's own "no such order" is NOT_FOUND."""
        try:
            _, answer = self._ask(Act.REFUND_STATE, {"order": key})
            if answer.head.get("result") == UNKNOWN_ORDER:
                return Answer.NOT_FOUND
            return self._word(answer, key)
        except UnreadableError:
            return Answer.UNKNOWN

    def parse_callback(self, headers: Mapping[str, str], raw: bytes) -> Notice:
        """An arrival notice, or a kept answer about movements."""
        message = read(self._form, raw)
        if message.act not in (Act.ARRIVED, Act.ENTRIES):
            raise UnreadableError("neither notice nor report")
        return Notice(required(message.head, "serial"), self._entries(message))

    def health(self) -> Health:
        """The link test."""
        try:
            _, answer = self._usable(Act.LINK, {})
            return Health(True, moment(self._form, required(answer.head, "at")))
        except (BankUnreachableError, UnreadableError):
            return Health(False, None)

    def _ask(self, act: Act, body: Values, rows: Sequence[Values] = ()) -> tuple[bytes, Message]:
        serial = secrets.token_hex(12)
        asked = Message(act, {"serial": serial}, {"account": self._master, **body}, rows)
        raw = self._line.ask(write(self._form, asked))
        with evidence(raw):
            answer = read(self._form, raw)
            if answer.act is not act or answer.head.get("serial") != serial:
                raise UnreadableError("the answer to another question")
        return raw, answer

    def _usable(self, act: Act, body: Values) -> tuple[bytes, Message]:
        raw, answer = self._ask(act, body)
        with evidence(raw):
            self._check(answer)
        return raw, answer

    def _check(self, answer: Message) -> None:
        result = answer.head.get("result", "")
        if result not in (OK, AGAIN):
            raise BankUnreachableError(f"result {result}")
        if answer.body.get("account", self._master) != self._master:
            raise UnreadableError("not our account")

    def _word(self, answer: Message, key: str) -> Answer:
        if required(answer.body, "order") != key:
            raise UnreadableError("status of another order")
        result = required(answer.head, "result")
        if result == REJECTED:
            return Answer.REJECTED
        return Answer.ACCEPTED if result in (OK, AGAIN) else Answer.UNKNOWN

    def _entries(self, message: Message) -> tuple[BookedEntry, ...]:
        if message.body.get("account") != self._master:
            raise UnreadableError("not our account")
        return tuple(entry_of(self._form, row) for row in message.rows)

    def _row(self, order: RefundOrder) -> Values:
        return {
            "order": order.key,
            "number": order.number or "",
            "amount": told_fen(self._form, order.amount_fen),
            "interest": told_fen(self._form, order.interest_fen),
            "party_name": order.to.name,
            "party_account": order.to.account,
            "credit_ref": order.credit_ref,
            "memo": order.remittance,
        }

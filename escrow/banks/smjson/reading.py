"""JSON of this dialect to bookings, statements and answers. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from escrow.banks.gateway import Statement, UnreadableError
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.refunds.rules import Answer
from kernel.pure.money import MAX_FEN

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES = {
    "SUCCESS": Answer.ACCEPTED,
    "PROCESSING": Answer.ACCEPTED,
    "FAILED": Answer.REJECTED,
    "NOT_FOUND": Answer.NOT_FOUND,
}


def field(value: Mapping[str, Any], name: str, kind: Callable[[Any], T]) -> T:
    """A field of a kind. Raises UnreadableError."""
    try:
        return kind(value[name])
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise UnreadableError(f"{name} is missing or malformed") from error


def text(value: Any) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("no text")
    return value


def fen(value: Any) -> int:
    """An integer of fen, of either sign."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_FEN:
        raise ValueError("no fen")
    return value


def moment(value: Any) -> datetime:
    """Milliseconds since 1970."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("no time")
    return EPOCH + timedelta(milliseconds=value)


def entry_of(row: Any) -> BookedEntry:
    """A line of a report, statement or push. Raises UnreadableError."""
    if not isinstance(row, dict):
        raise UnreadableError("a line is no object")
    amount = field(row, "amount", fen)
    if amount == 0:
        raise UnreadableError("a booking of nothing")
    kind = row.get("type", "TRANSFER")
    return BookedEntry(
        bank_ref=field(row, "flowNo", text),
        # This bank signs its amounts.
        sign=Sign.CREDIT if amount > 0 else Sign.DEBIT,
        amount_fen=abs(amount),
        booked_at=field(row, "bookTime", moment),
        number=_optional(row, "subAccount"),
        party=_party(row.get("counterparty")),
        end_to_end=_optional(row, "orderNo"),
        reverses=_optional(row, "originalFlowNo"),
        returned=kind == "RETURN",
        interest=kind == "INTEREST",
    )


def entries_of(told: Mapping[str, Any], master: str) -> tuple[BookedEntry, ...]:
    """The lines of a message about our account. Raises UnreadableError."""
    if told.get("account") != master:
        raise UnreadableError("not our account")
    rows = told.get("list")
    if not isinstance(rows, list):
        raise UnreadableError("no list")
    return tuple(entry_of(row) for row in rows)


def statement_of(told: Mapping[str, Any], raw: bytes, *, master: str, day: date) -> Statement:
    """A day's statement. Raises UnreadableError."""
    if field(told, "day", text) != day.isoformat():
        raise UnreadableError("the statement of another day")
    entries = entries_of(told, master)
    if field(told, "total", fen) != len(entries):
        raise UnreadableError("entries are missing")
    return Statement(
        message_id=field(told, "messageId", text),
        raw=raw,
        day=day,
        sequence=field(told, "sequence", fen),
        opening_fen=field(told, "openingBalance", fen),
        closing_fen=field(told, "closingBalance", fen),
        entries=entries,
    )


def answer_of(told: Mapping[str, Any], key: str) -> Answer:
    """The bank's word on an order; what promises nothing is UNKNOWN. Raises UnreadableError."""
    if field(told, "orderNo", text) != key:
        raise UnreadableError("status of another order")
    return STATES.get(field(told, "state", text), Answer.UNKNOWN)


def _optional(row: Mapping[str, Any], name: str) -> str | None:
    return None if row.get(name) is None else field(row, name, text)


def _party(value: Any) -> Party | None:
    if not isinstance(value, dict):
        return None
    name, account = value.get("name"), value.get("account")
    if not isinstance(name, str) or not isinstance(account, str) or not name or not account:
        return None
    return Party(name, account, personal=value.get("kind") == "PERSON")

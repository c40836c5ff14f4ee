"""What every bank must do for us, in the names of ISO 20022. Adapters are codec and transport only.

Raw bytes travel with what was read from them, so that they can be kept before anything is believed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from escrow.bookings.rules import BookedEntry, Party
from escrow.refunds.rules import Answer


class BankUnreachableError(RuntimeError):
    """No usable answer: refused connection, timeout, or a status that promises nothing."""


class RefusedByBankError(RuntimeError):
    """The bank understood and will not."""


class Cause(StrEnum):
    """Why a message was set aside: stable words, kept with it."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    DOCUMENT_TYPE = "document_type"
    UNKNOWN_MESSAGE = "unknown_message"
    SCHEMA = "schema"
    SIGNATURE = "signature"
    CHECKSUM = "checksum"
    CONTENT = "content"


class UnreadableError(ValueError):
    """The bank sent something that is not what its dialect allows; to be quarantined.

    Its text begins with the cause and never holds what the message says; `raw` is what came.
    """

    def __init__(self, words: str, cause: Cause = Cause.CONTENT) -> None:
        super().__init__(f"{cause}: {words}")
        self.cause = cause
        self.raw = b""


@contextmanager
def evidence(raw: bytes) -> Iterator[None]:
    """Lets what cannot be read go up together with its bytes."""
    try:
        yield
    except UnreadableError as error:
        error.raw = error.raw or raw
        raise


@contextmanager
def believed() -> Iterator[None]:
    """Where an answer only says "done": one that cannot be read promises nothing."""
    try:
        yield
    except UnreadableError as error:
        raise BankUnreachableError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Report:
    """A bank's answer to a question about bookings.

    It holds every entry booked from `since` up to `complete_until` (the bank's word).
    """

    message_id: str
    raw: bytes
    entries: tuple[BookedEntry, ...]
    since: datetime
    complete_until: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """A bank's word on one whole day (Asia/Shanghai) of the master account, as read.

    Nothing is believed yet: whether it is whole is for reconciliation to say. `sequence` is the
    bank's own running number of statements, where it has one; balances may stand below zero.
    """

    message_id: str
    raw: bytes
    day: date
    sequence: int | None
    opening_fen: int
    closing_fen: int
    entries: tuple[BookedEntry, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A pushed message as read."""

    message_id: str
    entries: tuple[BookedEntry, ...]


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """One payment of a batch; `key` (at most 35 characters) is its end-to-end identification.

    `number` is the sub-account it leaves, None for money in suspense. `amount_fen` includes the
    interest, earned on the credit that the bank knows by `credit_ref`.
    """

    key: str
    amount_fen: int
    number: str | None
    to: Party
    remittance: str
    credit_ref: str
    interest_fen: int = 0


@dataclass(frozen=True, slots=True)
class RefundBatch:
    """Payments out of one master account; interest counts to the day of `requested_at`."""

    debtor_name: str
    debtor_account: str
    requested_at: datetime
    orders: tuple[RefundOrder, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the bank answers, and what it calls its time."""

    up: bool
    bank_time: datetime | None


class BankGateway(Protocol):
    """A bank. Every method but `parse_callback` may raise BankUnreachableError.

    UnreadableError comes of what brings bookings alone; of any other answer it is no answer.
    """

    def open_sub_accounts(self, count: int) -> Sequence[str]:
        """Open `count` sub-accounts under the master account; returns their numbers."""

    def close_sub_account(self, number: str) -> None:
        """Close an empty sub-account for good; again is no error. Raises RefusedByBankError."""

    def query_entries(self, since: datetime) -> Report:
        """Everything booked from `since` on. Raises UnreadableError."""

    def get_statement(self, day: date) -> Statement | None:
        """The statement of a day, None while the bank has not issued it. Raises UnreadableError."""

    def submit_refund(self, batch: RefundBatch, key: str) -> Answer:
        """Order a batch under `key`. Silence is UNKNOWN, never an exception."""

    def query_refund(self, key: str) -> Answer:
        """The bank's word on `key`; NOT_FOUND when it knows no such order."""

    def parse_callback(self, headers: Mapping[str, str], raw: bytes) -> Notice:
        """Read a pushed message whose signature was checked. Raises UnreadableError."""

    def health(self) -> Health:
        """A link test."""

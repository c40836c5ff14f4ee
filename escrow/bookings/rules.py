"""A bank's booking in our own words, whichever dialect it arrived in. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.pure.money import MAX_FEN


class Sign(StrEnum):
    """Into our account or out of it, in the words of ISO 20022."""

    CREDIT = "CRDT"
    DEBIT = "DBIT"


class EntryKind(StrEnum):
    """What a booking turned out to be."""

    CREDIT = "credit"
    REVERSAL = "reversal"
    REFUND_SETTLED = "refund_settled"
    REFUND_RETURNED = "refund_returned"
    UNEXPLAINED_DEBIT = "unexplained_debit"
    INTEREST_RECEIVED = "interest_received"


class SubAccountState(StrEnum):
    """Opened at the bank, given to a token, given back, closed at the bank for good."""

    POOL = "pool"
    CLAIMED = "claimed"
    RELEASED = "released"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Party:
    """The other side of a booking; `personal` when the bank says that it is a natural person."""

    name: str
    account: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One line of a bank's notice or report.

    `number` is the sub-account; `end_to_end` our own refund key where the bank repeats it;
    `reverses` the bank's reference of the line this one takes back; `returned` marks a refund
    that came back, `interest` what the bank pays for the money it held.
    """

    bank_ref: str
    sign: Sign
    amount_fen: int
    booked_at: datetime
    number: str | None
    party: Party | None
    end_to_end: str | None = None
    reverses: str | None = None
    returned: bool = False
    interest: bool = False

    def __post_init__(self) -> None:
        if not self.bank_ref or not 0 < self.amount_fen <= MAX_FEN:
            raise ValueError("a booking has a reference and a positive amount")
        if self.booked_at.tzinfo is None:
            raise ValueError("a booking needs an aware time")


def kind_of(entry: BookedEntry, *, refund_open: bool) -> EntryKind:
    """What `entry` is; `refund_open` says that its end-to-end key names an unsettled refund."""
    if entry.sign is Sign.CREDIT:
        if entry.interest:
            return EntryKind.INTEREST_RECEIVED
        return EntryKind.REFUND_RETURNED if entry.returned else EntryKind.CREDIT
    if entry.reverses is not None:
        return EntryKind.REVERSAL
    return EntryKind.REFUND_SETTLED if refund_open else EntryKind.UNEXPLAINED_DEBIT

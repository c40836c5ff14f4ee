"""Facts that escrow tells upward. Those about money name a sub-account, never lot, bidder or payer.

Only a settlement, long after the list, names the lot that asked for it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DepositCredited:
    """A bank booked money on a sub-account."""

    id: UUID
    bank: str
    number: str
    amount_fen: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class DepositReleased:
    """Money of a sub-account was ordered back to its payer."""

    id: UUID
    number: str
    amount_fen: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DepositRefunded:
    """The bank booked the refund."""

    id: UUID
    number: str
    amount_fen: int
    interest_fen: int
    reason: str
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentUnanswered:
    """A bank has left an order without an answer for hours; told once. A person should ask it."""

    id: UUID
    bank: str
    key: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DepositsSettled:
    """Every payment of a lot's settlement was booked by its bank; told once."""

    id: UUID
    lot_ref: UUID
    settled_at: datetime

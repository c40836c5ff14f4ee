"""What other features hear of an opening, by the outbox."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpeningClosed:
    """The opening ended with a record; its lot is opened."""

    id: UUID
    lot_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SecurityJudged:
    """Bank or issuer spoke at last: what secures a bid of the list is decided."""

    id: UUID
    lot_id: UUID
    seat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OpeningFailed:
    """Too few bids: `when` is at_deadline, at_list or after_decryption (法28, 条例44)."""

    id: UUID
    lot_id: UUID
    when: str
    at: datetime

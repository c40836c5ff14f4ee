"""Facts that tenders tell the rest of the house."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NoticePublished:
    """A lot's notice `version` is public, and bids are due at `deadline`."""

    id: UUID
    lot_id: UUID
    version: int
    deadline: datetime


@dataclass(frozen=True, slots=True)
class LotMoved:
    """A lot left one stage for another."""

    id: UUID
    lot_id: UUID
    from_stage: str
    to_stage: str
    at: datetime

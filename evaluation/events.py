"""What evaluation tells the rest of the platform; trading/reactions.py is the one that listens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EvaluationBegan:
    """A room was opened for the lot."""

    id: UUID
    lot_ref: UUID
    room_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportSigned:
    """Every member has answered; the signed report is issued (条例 53)."""

    id: UUID
    lot_ref: UUID
    room_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EvaluationFailed:
    """The evaluation ended without a ranking; `reason` is Chinese text for the record."""

    id: UUID
    lot_ref: UUID
    reason: str
    at: datetime

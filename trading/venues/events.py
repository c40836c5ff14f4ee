"""What the rooms tell the rest of the house."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RoomStep:
    """A loan was asked for, judged, moved, displaced or given back; `act` is the step's."""

    id: UUID
    booking_id: UUID
    number: int
    act: str
    at: datetime

"""What the lot's sitting tells the record: who was there, what was written, what was recorded."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.media import queries as media
from trading.openings.models import OpeningRow
from trading.sittings import queries as sittings


def told(session: Session, row: OpeningRow, *, since: datetime | None = None) -> dict[str, Any]:
    """Officials, transcript and recordings; of a reconvened session only what came after it."""
    sitting = sittings.of_lot(session, row.lot_id)
    lines = sittings.transcript(session, row.lot_id)
    if since is not None:
        lines = [each for each in lines if datetime.fromisoformat(each["at"]) >= since]
    return {
        "officials": sittings.officials(session, row.lot_id),
        "transcript": lines,
        "recordings": [
            each.as_json()
            for each in media.recordings(session, sitting.id)
            if since is None or each.head.began_at >= since
        ],
    }

"""What the lot's sitting tells the record: who was there, what was written, what was recorded."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.media import queries as media
from trading.openings.models import OpeningRow
from trading.sittings import queries as sittings
from trading.sittings.models import SittingAttendanceRow

Told = list[dict[str, Any]]


def told(session: Session, row: OpeningRow, *, since: datetime | None = None) -> dict[str, Any]:
    """Officials, transcript and recordings; of a reconvened session only what came after it."""
    sitting = sittings.of_lot(session, row.lot_id)
    lines = sittings.transcript(session, row.lot_id)
    if since is not None:
        lines = [each for each in lines if datetime.fromisoformat(each["at"]) >= since]
    return {
        "officials": _officials(session, row),
        "transcript": lines,
        "recordings": [
            each.as_json()
            for each in media.recordings(session, sitting.id)
            if since is None or each.head.began_at >= since
        ],
    }


def _officials(session: Session, row: OpeningRow) -> Told:
    sitting = sittings.row_of(session, row.lot_id)
    rows = session.scalars(
        select(SittingAttendanceRow)
        .where(SittingAttendanceRow.sitting_id == sitting.id)
        .order_by(SittingAttendanceRow.at, SittingAttendanceRow.name)
    )
    return [
        {
            "role": each.role,
            "name": each.name,
            "organisation": each.organisation,
            "at": each.at.isoformat(),
        }
        for each in rows
    ]

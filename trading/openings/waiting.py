"""Who of the committee has given, refused or given wrongly, and since when the hall waits for it.

Public like the hall: a trustee who holds an opening up, or stops it, does so by name.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.live import LiveEvent
from kernel.pure.messages import ReleaseStage
from trading.openings.committee import RELEASES
from trading.openings.declining import declined
from trading.openings.models import OpeningRow, RefusedReleaseRow, ReleaseRow
from trading.openings.states import Kind
from trading.tenders.rules import TrusteeSeat

STAGES = {number: stage.value for stage, number in RELEASES.items()}


def waiting_since(session: Session, row: OpeningRow) -> datetime | None:
    """When the present stage began."""
    return session.scalar(
        select(func.max(LiveEvent.at)).where(
            LiveEvent.session_id == row.live_id, LiveEvent.kind == Kind.STAGE_CHANGED.value
        )
    )


def committee(
    session: Session, row: OpeningRow, seats: tuple[TrusteeSeat, ...]
) -> list[dict[str, Any]]:
    """Each seat with what it gave and when, what it refused and why, how often it gave wrongly."""
    given = session.scalars(select(ReleaseRow).where(ReleaseRow.lot_id == row.lot_id)).all()
    wrong = session.scalars(
        select(RefusedReleaseRow)
        .where(RefusedReleaseRow.lot_id == row.lot_id)
        .order_by(RefusedReleaseRow.at)
    ).all()
    refused = declined(session, row.lot_id)
    return [
        {
            "index": seat.index,
            "role": seat.role.value,
            "name": seat.name,
            "given": {
                STAGES[r.release]: r.at.isoformat() for r in given if r.trustee == seat.index
            },
            "declined": [
                {"stage": STAGES[r.release], "reason": r.body["reason"], "at": r.at.isoformat()}
                for r in refused
                if r.trustee == seat.index
            ],
            "wrong": [
                {"stage": STAGES[r.release], "code": r.code, "at": r.at.isoformat()}
                for r in wrong
                if r.trustee == seat.index
            ],
        }
        for seat in seats
    ]


def own_refusals(session: Session, row: OpeningRow, index: int) -> list[str]:
    """The stages this trustee has refused: a client left open gives none of them by itself."""
    found = {STAGES[r.release] for r in declined(session, row.lot_id) if r.trustee == index}
    return [stage.value for stage in ReleaseStage if stage.value in found]

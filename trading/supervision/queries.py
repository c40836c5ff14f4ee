"""What the board reads: the day's lots, and the newest spoken events of its sessions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, joinedload

from kernel.live import LiveEvent, LiveSession
from trading.portal.queries import public
from trading.tenders.models import Lot
from trading.tenders.rules import HOLDS, LotStage

_GOING_ON = (LotStage.SUBMISSION_CLOSED, LotStage.OPENING)


def lots_of_day(
    session: Session, start: datetime, end: datetime, *, centre_id: UUID | None
) -> Sequence[Lot]:
    """Lots whose opening falls in [start, end) or is still going on, the next deadline first."""
    hidden = {LotStage.TERMINATED, LotStage.VOID, LotStage.FAILED}
    today = (Lot.deadline >= start) & (Lot.deadline < end) & Lot.stage.not_in(hidden)
    going_on = Lot.stage.in_(_GOING_ON) | (Lot.stage.in_(HOLDS) & Lot.held_from.in_(_GOING_ON))
    return session.scalars(
        select(Lot)
        .join(Lot.project)
        .options(joinedload(Lot.project))
        .where(public(), _of(centre_id), or_(today, going_on))
        .order_by(Lot.deadline, Lot.number)
    ).all()


def lots_by_id(
    session: Session, lot_ids: Sequence[UUID], *, centre_id: UUID | None
) -> Mapping[UUID, Lot]:
    """Some lots with their projects."""
    rows = session.scalars(
        select(Lot).options(joinedload(Lot.project)).where(Lot.id.in_(lot_ids), _of(centre_id))
    )
    return {row.id: row for row in rows}


def spoken(session: Session, live_ids: Sequence[UUID], *, most: int) -> Sequence[LiveEvent]:
    """The newest events of some streams that were said aloud."""
    return session.scalars(
        select(LiveEvent)
        .where(LiveEvent.session_id.in_(live_ids), LiveEvent.payload["say"].as_string() != "")
        .order_by(LiveEvent.at.desc(), LiveEvent.seq.desc())
        .limit(most)
    ).all()


def last_numbers(session: Session, live_ids: Sequence[UUID]) -> dict[str, int]:
    """How far each stream has come, by its id as text."""
    rows = session.execute(
        select(LiveSession.id, LiveSession.last_seq).where(LiveSession.id.in_(live_ids))
    )
    return {str(live_id): last for live_id, last in rows}


def _of(centre_id: UUID | None) -> ColumnElement[bool]:
    return true() if centre_id is None else Lot.centre_id == centre_id

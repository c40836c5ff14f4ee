"""What escrow's pages ask about lots: which lists are sealed, what a lot is called, what holds it.

Everything told here is public: stages, notices, objections that were raised to a result.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from escrow.public import Block, BlockKind, LotName
from trading.openings.models import OpeningRow
from trading.openings.states import BEFORE_LIST
from trading.results import timing
from trading.tenders.models import Lot, Notice
from trading.tenders.rules import HOLDS, LotStage

SEALED: Final = (
    LotStage.NOTICE_PUBLISHED,
    LotStage.DOCUMENTS_ON_OFFER,
    LotStage.CLARIFYING,
    LotStage.SUBMISSION_CLOSED,
    LotStage.OPENING,
)
"""Stages in which bids may be paid for and no list is published yet, unless the hall says so."""


class LotsShown:
    """Lots as escrow's officials read of them."""

    def sealed_since(self, session: Session) -> datetime | None:
        """The first notice of any lot whose list is not published; None when there is none."""
        stage = case((Lot.stage.in_(HOLDS), Lot.held_from), else_=Lot.stage)
        return session.scalar(
            select(func.min(Notice.published_at))
            .join(Lot, Lot.id == Notice.lot_id)
            .outerjoin(OpeningRow, OpeningRow.lot_id == Lot.id)
            .where(
                stage.in_(SEALED),
                or_(OpeningRow.lot_id.is_(None), OpeningRow.stage.in_(BEFORE_LIST)),
            )
        )

    def named(self, session: Session, refs: Iterable[UUID]) -> Mapping[UUID, LotName]:
        """Lots by reference; unknown ones are left out."""
        return {
            lot.id: LotName(lot.id, lot.number, lot.name, lot.deadline, f"/lots/{lot.id}")
            for lot in _lots(session, refs)
        }

    def blocks(self, session: Session, refs: Iterable[UUID]) -> Mapping[UUID, Block]:
        """What holds the deposits of these lots: an objection without an answer, or a stop."""
        found: dict[UUID, Block] = {}
        for lot in _lots(session, refs):
            block = _block(session, lot)
            if block is not None:
                found[lot.id] = block
        return found


def _lots(session: Session, refs: Iterable[UUID]) -> list[Lot]:
    query = select(Lot).options(joinedload(Lot.project)).where(Lot.id.in_(tuple(refs)))
    return list(session.scalars(query))


def _block(session: Session, lot: Lot) -> Block | None:
    waiting = [
        limit.due
        for key, limit in timing.limits_of(session, lot).items()
        if key.startswith("answer:") and limit.done is None
    ]
    if waiting:
        return Block(BlockKind.OBJECTION, max(waiting))
    return Block(BlockKind.PAUSED, None) if lot.stage in HOLDS else None

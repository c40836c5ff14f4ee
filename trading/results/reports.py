"""A signed report comes up from evaluation: kept as received, and the lot goes on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.permissions import Actor
from trading.results import queries
from trading.results.models import OutcomeRow
from trading.results.rules import Outcome, Ranked, Rejected
from trading.tenders import actions as tenders
from trading.tenders import queries as lots
from trading.tenders.rules import LotStage

AWAITED = frozenset({LotStage.EVALUATING, LotStage.RE_EVALUATION})


def receive(session: Session, outcome: Outcome, *, actor: Actor, now: datetime) -> None:
    """Keep a report once, by its facts' hash; the lot moves when it waits for one.

    Called again for the same report it changes nothing; a lot that is held keeps the report and
    moves when it goes on.
    """
    lots.lock_lot(session, outcome.lot_id)
    kept = queries.report_of(session, outcome.lot_id)
    if kept is None or kept.facts_hash != outcome.facts_hash:
        _keep(session, outcome, version=kept.version + 1 if kept else 1, now=now)
        _move_on(session, outcome.lot_id, actor=actor, now=now)


def resume(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> None:
    """A lot that was held while its report was signed moves on with the first report."""
    lots.lock_lot(session, lot_id)
    if queries.report_of(session, lot_id) and not queries.candidates_notice(session, lot_id):
        _move_on(session, lot_id, actor=actor, now=now)


def _move_on(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> None:
    lot = lots.lot_row(session, lot_id)
    if lot.stage in AWAITED:
        tenders.move(session, lot, LotStage.REPORT_SIGNED, actor=actor, now=now)


def _keep(session: Session, outcome: Outcome, *, version: int, now: datetime) -> None:
    session.add(
        OutcomeRow(
            lot_id=outcome.lot_id,
            version=version,
            facts_hash=outcome.facts_hash,
            pdf_hash=outcome.pdf_hash,
            leaf_id=outcome.leaf_id,
            ranking=[_ranked(each) for each in outcome.ranking],
            rejected=[_rejected(each) for each in outcome.rejected],
            signed_at=outcome.signed_at,
            received_at=now,
        )
    )
    session.flush()


def _ranked(each: Ranked) -> dict[str, object]:
    return {
        "rank": each.rank,
        "number": each.number,
        "bidder_ref": str(each.bidder_ref),
        "commitment": each.commitment.hex(),
        "organisation": each.organisation,
        "credit_code": each.credit_code,
        "price_fen": each.price_fen,
        "total": each.total,
    }


def _rejected(each: Rejected) -> dict[str, object]:
    return {
        "number": each.number,
        "bidder_ref": str(each.bidder_ref),
        "organisation": each.organisation,
        "reason": each.reason,
    }

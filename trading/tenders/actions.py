"""The one way a lot moves: approval, steps of its life, ending it; each under its row lock."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.calendar import published_holidays
from kernel.ids import new_id
from kernel.permissions import Account, Actor, System
from kernel.pure.errors import Refused
from trading.tenders import legal_calendar, plans, queries, rule_book
from trading.tenders.events import LotMoved
from trading.tenders.models import Lot, StageChange
from trading.tenders.rules import (
    BEFORE_NOTICE,
    LotStage,
    check_panel,
    check_trustees,
    decide_move,
)

PLATFORM = "平台"


def approve_lot(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The tenderee agrees to the draft as it stands; every legal check must hold.

    Raises Refused TEN-1004, TEN-1101, TEN-12xx, TEN-14xx, TEN-15xx, TEN-1601.
    """
    queries.lock_lot(session, lot_id)
    lot = queries.lot_row(session, lot_id)
    require_party(actor, {lot.project.tenderee_id})
    check_ready(session, lot, now=now)
    move(session, lot, LotStage.APPROVED, actor=actor, now=now)


def check_ready(session: Session, lot: Lot, *, now: datetime) -> None:
    """Everything a notice needs; raises the first missing: TEN-12xx, 14xx, 15xx, 1601, EVA-11xx."""
    for refused in missing(session, lot, now=now):
        raise refused


def missing(session: Session, lot: Lot, *, now: datetime) -> Iterator[Refused]:
    """What keeps a lot from its notice: dates and amounts, trustees, evaluation plan, documents."""
    rules = rule_book.rule_set(lot.rule_set)
    holidays = published_holidays()
    for finding in legal_calendar.check(terms_of(lot), now=now, rules=rules, holidays=holidays):
        refusal = finding.refusal()
        if refusal is not None:
            yield refusal
    seats = queries.seats(session, lot.id)
    try:
        check_trustees(seats, threshold=lot.threshold, least=rules.value("trustees"))
        check_panel(queries.panel_of(session, lot), seats, lot.holder_lock)
    except Refused as refused:
        yield refused
    yield from plans.faults(lot.evaluation_plan)
    if lot.ceiling_fen is None and plans.needs_ceiling(lot.evaluation_plan):
        yield Refused("TEN-1504")
    if not queries.documents_in_force(session, lot.id):
        yield Refused("TEN-1601")


def terms_of(lot: Lot) -> legal_calendar.Terms:
    """The lot's dates and amounts as the calendar checks them."""
    return legal_calendar.Terms(
        kind=lot.kind,
        documents_from=lot.documents_from,
        documents_until=lot.documents_until,
        deadline=lot.deadline,
        opening_at=lot.deadline,
        estimate_fen=lot.estimate_fen,
        deposit_fen=lot.deposit_fen,
        emergency_reason=lot.emergency_reason,
    )


def move_lot(
    session: Session,
    lot_id: UUID,
    to: LotStage,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Move a lot along its table under its row lock. Raises Refused TEN-1001, 1101, 1102."""
    queries.lock_lot(session, lot_id)
    lot = queries.lot_row(session, lot_id)
    move(session, lot, to, actor=actor, now=now, reason=reason)


def end_lot(
    session: Session, lot_id: UUID, to: LotStage, *, actor: Actor, now: datetime, reason: str
) -> None:
    """Terminate, fail, void or suspend a lot on its agency's or tenderee's word.

    Raises Refused TEN-1004 for another organisation, TEN-1101, TEN-1102.
    """
    queries.lock_lot(session, lot_id)
    lot = queries.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id, lot.project.tenderee_id})
    move(session, lot, to, actor=actor, now=now, reason=reason)


def move(
    session: Session,
    lot: Lot,
    to: LotStage,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Move a lot whose row is already locked. Raises Refused TEN-1101, TEN-1102."""
    before = lot.stage
    lot.held_from = decide_move(before, to, held_from=lot.held_from, reason=reason)
    lot.stage = to
    record_change(session, lot, before, to, actor=actor, now=now, reason=reason)
    outbox.record(session, LotMoved(new_id(), lot.id, before.value, to.value, now))


def record_change(
    session: Session,
    lot: Lot,
    before: LotStage | None,
    to: LotStage,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Write one step of a lot's life."""
    by = actor.organisation_name if isinstance(actor, Account) else PLATFORM
    session.add(
        StageChange(
            lot_id=lot.id,
            from_stage=before,
            to_stage=to,
            by=by,
            reason=(reason or "").strip() or None,
            at=now,
        )
    )
    session.flush()


def take_for_edit(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> Lot:
    """The lot under its lock, if the actor may still change it; an approval lapses with it.

    Raises Refused TEN-1001, TEN-1004, TEN-1103.
    """
    queries.lock_lot(session, lot_id)
    lot = queries.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id})
    if lot.stage not in BEFORE_NOTICE:
        raise Refused("TEN-1103", stage=lot.stage.value)
    if lot.stage is LotStage.APPROVED:
        move(session, lot, LotStage.DRAFT, actor=actor, now=now)
    return lot


def require_party(actor: Actor, allowed: set[UUID]) -> None:
    """Rules about one object: only its own organisation acts on it; the platform may."""
    if isinstance(actor, System):
        return
    if not isinstance(actor, Account) or actor.organisation_id not in allowed:
        raise Refused("TEN-1004")

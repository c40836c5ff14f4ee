"""The deposits of a lot as one settlement: after the contract, or all of them when it failed.

条例 57: within five days of the contract, with interest. Escrow pays after two approvals.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from escrow import public as escrow
from escrow.public import ReleaseReason, SettlementLine, SettlementView
from kernel.calendar import published_holidays
from kernel.permissions import Actor
from kernel.pure.errors import Refused
from trading.openings.causes import BidState
from trading.results import queries, rules, timing
from trading.tenders import legal_calendar, rule_book
from trading.tenders import queries as lots
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage


def propose(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Propose that every listed bidder's deposit goes back; the same proposal again is harmless.

    Raises Refused TEN-1004 neither agency nor tenderee, RES-1004 another stage, RES-1001.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id, lot.project.tenderee_id})
    rules.check_stage(lot.stage, LotStage.CONTRACT_SIGNED)
    contract, award = queries.contract_of(session, lot_id), queries.award_of(session, lot_id)
    if contract is None or award is None:
        raise Refused("RES-1001")
    ranked = {each.number for each in queries.need_report(session, lot_id).ranking}
    lines = tuple(
        SettlementLine(bidder.ref, _reason(bidder.seat, won=award.seat, ranked=ranked))
        for bidder in _owed(session, lot_id)
    )
    _propose(session, lot, lines, began=timing.signed_at(contract), now=now)


def return_all(session: Session, lot: Lot, *, now: datetime) -> None:
    """A lot that ended after its opening: every deposit goes back, whoever bid."""
    lines = tuple(
        SettlementLine(bidder.ref, ReleaseReason.LOT_FAILED) for bidder in _owed(session, lot.id)
    )
    if lines and escrow.settlement(session, lot_ref=lot.id, now=now) is None:
        _propose(session, lot, lines, began=now, now=now)


def view(session: Session, lot_id: UUID, now: datetime) -> SettlementView | None:
    """Where the money is."""
    return escrow.settlement(session, lot_ref=lot_id, now=now)


def finish(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The last deposit is booked: the lot goes on, unless it is held or has ended."""
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    settled = escrow.settlement(session, lot_ref=lot_id, now=now)
    if lot.stage is LotStage.CONTRACT_SIGNED and settled and settled.settled_at is not None:
        move(session, lot, LotStage.DEPOSITS_SETTLED, actor=actor, now=now)


def _owed(session: Session, lot_id: UUID) -> tuple[queries.Bidder, ...]:
    """Listed bidders; a withdrawn bid's deposit went back when the opening closed."""
    return tuple(
        bidder
        for bidder in queries.bidders(session, lot_id)
        if bidder.state is not BidState.WITHDRAWN
    )


def _reason(seat: int, *, won: int, ranked: set[int]) -> ReleaseReason:
    if seat == won:
        return ReleaseReason.CONTRACT_SIGNED
    return ReleaseReason.NOT_SELECTED if seat in ranked else ReleaseReason.BID_REJECTED


def _propose(
    session: Session,
    lot: Lot,
    lines: tuple[SettlementLine, ...],
    *,
    began: datetime,
    now: datetime,
) -> None:
    days = rule_book.rule_set(lot.rule_set).value("refund_days")
    escrow.propose_settlement(
        session,
        lot_ref=lot.id,
        centre_ref=lot.centre_id,
        lines=lines,
        title=lot.name,
        now=now,
        due_at=legal_calendar.ends(began, days, published_holidays()),
    )

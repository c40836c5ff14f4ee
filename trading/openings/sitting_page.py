"""What the hall's pages are told of their sitting: lots, chair, chat so far, and who looks."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.permissions import Account, Actor, Role
from trading.openings import presiding, queries
from trading.openings.access import is_of_host, is_witness
from trading.openings.models import OpeningRow
from trading.openings.states import Stage
from trading.sittings import queries as sittings
from trading.sittings.models import SittingLotRow, SittingRow
from trading.sittings.queries import SittingView, official_json
from trading.tenders.models import Lot
from trading.tenders.rules import LotSnapshot
from trading.venues import queries as venues
from trading.venues.rules import BookingState


def page(session: Session, lot: LotSnapshot, actor: Actor) -> dict[str, Any]:
    """The sitting of the lot for whoever looks; nothing in it tells of bidders before the list."""
    view = sittings.of_lot(session, lot.id)
    booking = venues.of_lot(session, lot.id)
    confirmed = booking is not None and booking.state is BookingState.CONFIRMED
    hosting = isinstance(actor, Account) and is_of_host(actor, lot)
    return {
        **view.as_json(),
        "room": booking.room if booking and confirmed else None,
        "events": queries.frames(session, view.live_id),
        "me": str(actor.person_id) if isinstance(actor, Account) else None,
        "speaks": _speaks(actor, lot, hosting=hosting),
        **(_desk(session, lot, view) if hosting else {}),
    }


def _speaks(actor: Actor, lot: LotSnapshot, *, hosting: bool) -> str | None:
    """As whom this reader may speak once the list is out; the public only reads."""
    if not isinstance(actor, Account):
        return None
    if hosting:
        return "host"
    if is_witness(actor, lot):
        return "witness"
    own = {Role.SUPERVISOR: "supervisor", Role.BIDDER: "bidder"}
    return own.get(actor.role)


def _desk(session: Session, lot: LotSnapshot, view: SittingView) -> dict[str, Any]:
    """For the host's side: who may be named, and which lots could be opened together with these."""
    others = session.execute(
        select(Lot.id, Lot.number, Lot.name)
        .join(SittingLotRow, SittingLotRow.lot_id == Lot.id)
        .join(SittingRow, SittingRow.id == SittingLotRow.sitting_id)
        .join(OpeningRow, OpeningRow.lot_id == Lot.id)
        .where(
            SittingRow.project_id == view.project_id,
            SittingRow.starts_at == view.starts_at,
            SittingRow.id != view.id,
            OpeningRow.stage == Stage.WAITING,
        )
        .order_by(Lot.ordinal, Lot.number)
    )
    return {
        "people": [official_json(who) for who in presiding.candidates(session, lot)],
        "others": [
            {"id": str(lot_id), "number": number, "name": name} for lot_id, number, name in others
        ],
    }

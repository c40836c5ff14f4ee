"""What a forfeiture makes of a settlement's line. Apart from `queries`, which knows payments."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.forfeits.models import Forfeit
from escrow.settlements.rules import LineState


def kept(session: Session, *, lot_ref: UUID, bidder_ref: UUID) -> LineState | None:
    """HELD while a forfeiture waits or is under way, FORFEITED once paid; None without one."""
    found = of_bidder(session, lot_ref=lot_ref, bidder_ref=bidder_ref)
    if found is None:
        return None
    return LineState.FORFEITED if found.paid_at is not None else LineState.HELD


def of_bidder(
    session: Session, *, lot_ref: UUID, bidder_ref: UUID, lock: bool = False
) -> Forfeit | None:
    """The forfeit that stands against a bidder's security in a lot."""
    query = select(Forfeit).where(
        Forfeit.lot_ref == lot_ref, Forfeit.bidder_ref == bidder_ref, Forfeit.ended_at.is_(None)
    )
    return session.scalars(query.with_for_update() if lock else query).first()

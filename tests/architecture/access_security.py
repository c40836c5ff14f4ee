"""A guarantee and a forfeit for the matrix of doors: rows to stand before, nothing more."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from escrow.forfeits.models import Forfeit
from escrow.guarantees.models import Guarantee
from escrow.guarantees.rules import GuaranteeState
from escrow.public import ForfeitReason, Outcome
from kernel.permissions import Role
from tests.trading.openings.world import Scene


def secured(session: Session, scene: Scene, now: datetime) -> tuple[UUID, UUID]:
    """A guarantee that did not hold, and a forfeit that rests on it: rows to stand before."""
    refs: dict[str, Any] = {
        "lot_ref": scene.lot.id,
        "bidder_ref": scene.bidders[0].organisation_id,
        "centre_ref": scene.world.account(Role.CENTRE).organisation_id,
        "title": scene.lot.name,
        "bidder_name": scene.bidders[0].name,
    }
    guarantee = Guarantee(
        id=uuid4(),
        **refs,
        document={},
        digest=bytes(32),
        required_fen=1,
        fault=Outcome.GUARANTEE_UNREADABLE,
        state=GuaranteeState.REFUSED,
        judged_at=now,
    )
    session.add(guarantee)
    session.flush()
    forfeit = Forfeit(
        id=uuid4(),
        **refs,
        reason=ForfeitReason.GAVE_UP,
        clause="x",
        wording="x",
        document=bytes(32),
        to_name="x",
        to_account="x",
        to_bank="x",
        guarantee_id=guarantee.id,
        proposed_by="x",
        proposed_at=now,
    )
    session.add(forfeit)
    session.flush()
    return guarantee.id, forfeit.id

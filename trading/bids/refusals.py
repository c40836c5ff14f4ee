"""Refusals as receipts: each refused act is logged with its reason and time, and can be fetched.

招标投标法实施条例 36: who is turned away must be able to prove when and why. Once for each subject
and cause, and bounded for each pseudonym and lot, so that a flood fills neither log nor disk.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import log
from kernel.ids import new_id
from kernel.permissions import Pseudonym
from kernel.pure import receipts
from kernel.pure.errors import Refused
from kernel.refusals import shown_facts
from trading.bids.models import Act, RefusedAttempt
from trading.bids.rules import refusal_fits
from trading.bids.tickets import REHEARSAL, TicketRequest


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A refusal as it was logged; `row` is None beyond the bound and in a rehearsal."""

    refused: Refused
    row: RefusedAttempt | None = None

    def as_json(self) -> dict[str, Any]:
        """What a refused answer adds: by which id the refusal's receipt is fetched."""
        return {"refusal": refusal_json(self.row) if self.row else None}


def one_at_a_time(session: Session, what: str) -> None:
    """Let transactions about `what` pass one after another: two tabs are one bidder."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def turn_away(
    session: Session,
    actor: Pseudonym,
    refused: Refused,
    *,
    act: Act,
    subject: bytes,
    now: datetime,
) -> TurnedAway:
    """Log a refusal in the caller's transaction, which must be committed."""
    if actor.lot_id == REHEARSAL:
        return TurnedAway(refused)
    one_at_a_time(session, f"bids:{actor.lot_id}:{actor.pseudonym}")
    held = own_refusals(session, actor)
    for row in held:
        if (bytes(row.subject), row.code) == (subject, refused.code):
            return TurnedAway(refused, row)
    if not refusal_fits(Counter(row.code for row in held), refused.code):
        return TurnedAway(refused)
    leaf = {"commitment": subject.hex(), "code": refused.code, "at": now.isoformat()}
    row = RefusedAttempt(
        id=new_id(),
        lot_id=actor.lot_id,
        pseudonym=actor.pseudonym,
        act=act,
        subject=subject,
        code=refused.code,
        facts=shown_facts(refused),
        leaf_id=log.append(session, receipts.REFUSED_KIND, leaf, patient=True),
        refused_at=now,
    )
    session.add(row)
    session.flush()
    return TurnedAway(refused, row)


def of_lot(session: Session, lot_id: UUID, *, most: int) -> list[RefusedAttempt]:
    """The first refusals of a lot, for its bundle after the opening and for nobody before."""
    rows = session.scalars(
        select(RefusedAttempt)
        .where(RefusedAttempt.lot_id == lot_id)
        .order_by(RefusedAttempt.refused_at, RefusedAttempt.id)
        .limit(most)
    )
    return list(rows)


def attempt_of(actor: Pseudonym, shown: TicketRequest) -> bytes:
    """The subject of a refused request that holds no readable envelope."""
    return receipts.attempt_digest(
        pseudonym=actor.pseudonym,
        lot=str(actor.lot_id),
        method=shown.method,
        path=shown.path,
        body=shown.body_digest,
    )


def own_refusals(session: Session, actor: Pseudonym) -> tuple[RefusedAttempt, ...]:
    """A pseudonym's refusals in its lot, oldest first."""
    return tuple(
        session.scalars(
            select(RefusedAttempt)
            .where(
                RefusedAttempt.lot_id == actor.lot_id, RefusedAttempt.pseudonym == actor.pseudonym
            )
            .order_by(RefusedAttempt.refused_at, RefusedAttempt.id)
        )
    )


def own_refusal(session: Session, actor: Pseudonym, refusal_id: UUID) -> RefusedAttempt:
    """One of them; raises Refused BID-1418."""
    row = session.get(RefusedAttempt, refusal_id)
    if row is None or (row.lot_id, row.pseudonym) != (actor.lot_id, actor.pseudonym):
        raise Refused("BID-1418")
    return row


def refusal_json(row: RefusedAttempt) -> dict[str, Any]:
    """A refusal as whoever was refused gets it back, without words and proof."""
    return {
        "id": row.id.hex,
        "act": row.act.value,
        "code": row.code,
        "at": row.refused_at.isoformat(),
        "commitment": bytes(row.subject).hex(),
    }

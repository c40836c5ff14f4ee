"""A trustee refuses to release: signed, logged, shown with its reason; the others go on.

sealed-bids: m of n are enough, and nobody may be forced to give a share he does not trust.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log
from kernel.crypto.signatures import verify_p256
from kernel.permissions import Account
from kernel.pure.declining import read_declined
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from trading.openings import hall as halls
from trading.openings.committee import RELEASES, seat_of
from trading.openings.models import DeclinedReleaseRow, ReleaseRow
from trading.openings.states import Fact, Kind, Stage

ASKED = {ReleaseStage.LIST: Stage.DEADLINE_LOCK, ReleaseStage.OPEN: Stage.OPENING}


def decline(session: Session, lot_id: UUID, body: object, *, actor: Account, now: datetime) -> bool:
    """Keep and show the refusal; False when this trustee had refused this release before.

    Raises Refused ENV-4005; OPN-1201 not this trustee's; OPN-1002 nothing is asked; OPN-1202
    another manifest; OPN-1208 signature; OPN-1210 already released.
    """
    hall = halls.enter(session, lot_id, now)
    seat = seat_of(session, hall.lot, actor)
    shown = read_declined(body)
    if shown.lot != str(lot_id) or shown.trustee != seat.index:
        raise Refused("OPN-1201")
    if hall.row.manifest_hash is None or hall.opening.stage is not ASKED[shown.stage]:
        raise Refused("OPN-1002", act="Decline", stage=hall.opening.stage.value)
    if shown.manifest != hall.row.manifest_hash:
        raise Refused("OPN-1202")
    if not verify_p256(seat.public_key, shown.message(), shown.signature):
        raise Refused("OPN-1208")
    key = (lot_id, seat.index, RELEASES[shown.stage])
    if session.get(ReleaseRow, key) is not None:
        raise Refused("OPN-1210")
    if session.get(DeclinedReleaseRow, key) is not None:
        return False
    told = {"lot": str(lot_id), "trustee": seat.index, "digest": shown.digest().hex()}
    session.add(
        DeclinedReleaseRow(
            lot_id=lot_id,
            trustee=seat.index,
            release=RELEASES[shown.stage],
            manifest_hash=shown.manifest,
            body=shown.to_json(),
            leaf_id=log.append(session, "release_declined", told),
            at=now,
        )
    )
    who = {"trustee": seat.index, "role": seat.role.value, "name": seat.name}
    fact = Fact(Kind.RELEASE_DECLINED, **who, release=RELEASES[shown.stage], reason=shown.reason)
    halls.say(hall, fact)
    return True


def declined(session: Session, lot_id: UUID) -> list[DeclinedReleaseRow]:
    """Every refusal of a lot, in order."""
    rows = session.scalars(
        select(DeclinedReleaseRow)
        .where(DeclinedReleaseRow.lot_id == lot_id)
        .order_by(DeclinedReleaseRow.at, DeclinedReleaseRow.trustee)
    )
    return list(rows)

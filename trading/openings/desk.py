"""The trustees' desk: which lots wait for me, and all that a client judges by before it gives."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.permissions import Account
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from trading.bids import queries as bids
from trading.openings import hall as halls
from trading.openings.causes import BidState
from trading.openings.closing import standing
from trading.openings.committee import RELEASES, seat_of
from trading.openings.models import OpeningRow, ReleaseRow, SeatRow
from trading.openings.queries import opening_row
from trading.openings.states import FINISHED, VOUCHED, Opening, Stage
from trading.openings.stream import STAGE_NAMES
from trading.openings.waiting import committee, own_refusals, waiting_since
from trading.tenders import queries as tenders
from trading.tenders.rules import ENDED

NAMES = {number: stage for stage, number in RELEASES.items()}


def requests(session: Session, *, actor: Account) -> list[dict[str, Any]]:
    """The lots this person holds a share of and whose opening is to come or under way."""
    found = []
    for lot in tenders.lots_of_trustee(session, actor.person_id):
        row = session.get(OpeningRow, lot.id)
        if row is None:
            continue
        seat = seat_of(session, tenders.snapshot_of(session, lot), actor)
        opening = halls.snapshot(session, row)
        if opening.stage in FINISHED or lot.stage in ENDED:
            continue
        asked = _asked(opening, seat.index)
        seats = tenders.seats(session, lot.id)
        since = waiting_since(session, row)
        found.append(
            {
                "lot_id": str(lot.id),
                "number": lot.number,
                "name": lot.name,
                "stage": opening.stage.value,
                "stage_name": STAGE_NAMES[opening.stage],
                "deadline": row.deadline.isoformat(),
                "index": seat.index,
                "role": seat.role.value,
                "of": len(seats),
                "threshold": row.threshold,
                "release": asked.value if asked else None,
                "given": [
                    stage.value
                    for stage, who in (
                        (ReleaseStage.LIST, opening.first),
                        (ReleaseStage.OPEN, opening.second),
                    )
                    if seat.index in who
                ],
                "have": {"list": len(opening.first), "open": len(opening.second)},
                "paused": opening.paused_at is not None,
                "close_state": row.close_state.value,
                "declined": own_refusals(session, row, seat.index),
                "committee": committee(session, row, seats),
                "since": since.isoformat() if since else None,
            }
        )
    return sorted(found, key=lambda one: (one["release"] is None, one["deadline"]))


def request(session: Session, lot_id: UUID, *, actor: Account) -> dict[str, Any]:
    """What a trustee's client judges by; readable after the close, by the lot's trustees only.

    Raises Refused OPN-1201 for anybody else, OPN-1209 before the close, OPN-1004.
    """
    lot = tenders.lot_snapshot(session, lot_id)
    seat = seat_of(session, lot, actor)
    row = opening_row(session, lot_id)
    if row.manifest is None or row.close_note is None:
        raise Refused("OPN-1209")
    opening, held = halls.snapshot(session, row), standing(session, row)
    asked = _asked(opening, seat.index)
    return {
        "lot": str(lot_id),
        "name": lot.name,
        "index": seat.index,
        "threshold": row.threshold,
        "floor": row.floor,
        "remaining_floor": row.remaining_floor,
        "deadline": row.deadline.isoformat(),
        "stage": asked.value if asked else None,
        "manifest": jcs.parse(row.manifest),
        "manifest_hash": (row.manifest_hash or b"").hex(),
        "close": held.as_json() if held else None,
        "close_state": row.close_state.value,
        "mine": own_releases(session, lot_id, seat.index),
        "declined": own_refusals(session, row, seat.index),
        "unlocked": [
            seat.commitment.hex()
            for seat in session.scalars(select(SeatRow).where(SeatRow.lot_id == lot_id))
            if seat.state is BidState.UNLOCKED
        ],
        "window_closed": opening.stage is Stage.OPENING,
        "envelopes": [
            {
                "commitment": each.commitment.hex(),
                "header": each.header.decode(),
                "signature": each.signature.hex(),
            }
            for each in bids.live_envelopes(session, lot_id)
        ],
    }


def own_releases(session: Session, lot_id: UUID, index: int) -> dict[str, Any]:
    """This trustee's own signed releases: a client that lost its memory knows them by its key."""
    rows = session.scalars(
        select(ReleaseRow).where(ReleaseRow.lot_id == lot_id, ReleaseRow.trustee == index)
    )
    return {NAMES[row.release].value: row.body for row in rows}


def _asked(opening: Opening, index: int) -> ReleaseStage | None:
    """What this trustee is asked for; nothing while the close waits for witnesses or a decision."""
    if opening.close not in VOUCHED:
        return None
    if opening.stage is Stage.DEADLINE_LOCK and index not in opening.first:
        return ReleaseStage.LIST
    if opening.stage is Stage.OPENING and index not in opening.second:
        return ReleaseStage.OPEN
    return None

"""What a sitting's page is told of its picture, and as whom somebody stands there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.house import House
from kernel.identity import queries as identity
from kernel.media import ice
from kernel.media import queries as media
from kernel.media.models import RecordingRow
from kernel.media.rules import State
from kernel.permissions import Account, Actor, Role
from kernel.pure.errors import Refused
from trading.media import rules
from trading.media.rules import Standing
from trading.openings.models import OpeningRow, SeatRow
from trading.openings.states import Stage
from trading.sittings import queries as sittings
from trading.sittings.models import SittingLotRow
from trading.sittings.queries import SittingView
from trading.tenders.queries import lot_snapshot


def sitting_of(session: Session, sitting_id: UUID) -> SittingView:
    """The sitting. Raises Refused MED-1002 when there is none."""
    found = sittings.by_id(session, sitting_id)
    if found is None:
        raise Refused("MED-1002")
    return found


def of_recording(session: Session, row: RecordingRow) -> SittingView:
    """The sitting a recording is of. Raises Refused MED-1002."""
    return sitting_of(session, row.about)


def stages_of(session: Session, sitting: SittingView) -> tuple[Stage, ...]:
    """Where the openings of its lots stand."""
    ids = [lot.id for lot in sitting.lots]
    return tuple(session.scalars(select(OpeningRow.stage).where(OpeningRow.lot_id.in_(ids))))


def shown_of(session: Session, lot_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Lots whose sitting shows a picture now, with that sitting."""
    found = session.execute(
        select(SittingLotRow.lot_id, SittingLotRow.sitting_id)
        .join(RecordingRow, RecordingRow.about == SittingLotRow.sitting_id)
        .where(SittingLotRow.lot_id.in_(lot_ids), RecordingRow.state == State.RUNNING)
    )
    return {row.lot_id: row.sitting_id for row in found}


def standing(session: Session, sitting: SittingView, actor: Actor) -> Standing:
    """Host side, party (supervisor, the lots' centre, bidders on a list), or the public."""
    if not isinstance(actor, Account):
        return Standing.PUBLIC
    if actor.role is Role.SUPERVISOR:
        return Standing.PARTY
    lots = [lot_snapshot(session, lot.id) for lot in sitting.lots]
    hosts = {
        Role.AGENCY: {lot.agency_id for lot in lots},
        Role.TENDEREE: {lot.tenderee_id for lot in lots},
    }
    if actor.organisation_id in hosts.get(actor.role, ()):
        return Standing.HOST
    if actor.role is Role.CENTRE and actor.organisation_id in {lot.centre_id for lot in lots}:
        return Standing.PARTY
    listed = actor.role is Role.BIDDER and _is_listed(session, sitting, actor)
    return Standing.PARTY if listed else Standing.PUBLIC


def _is_listed(session: Session, sitting: SittingView, actor: Account) -> bool:
    code = identity.organisation(session, actor.organisation_id).credit_code
    found = session.scalar(
        select(SeatRow.seat)
        .where(SeatRow.lot_id.in_([lot.id for lot in sitting.lots]), SeatRow.credit_code == code)
        .limit(1)
    )
    return found is not None


def state_json(
    session: Session, house: House, sitting: SittingView, actor: Actor, *, wall: datetime
) -> dict[str, Any]:
    """The picture as a page is told of it. Before the lists it is the same for everybody."""
    stages = stages_of(session, sitting)
    who = standing(session, sitting, actor)
    open_now = rules.is_open(stages)
    row = media.running(session, sitting.id) if open_now or rules.is_over(stages) else None
    joins = who is not Standing.PUBLIC and row is not None
    return {
        "open": open_now,
        "over": rules.is_over(stages),
        "may_show": who is Standing.HOST and _presides(sitting, actor),
        "recording": running_json(row) if row else None,
        "mesh": joins,
        "ice": ice.servers(house.settings, wall) if who is not Standing.PUBLIC else [],
        "replay": _replays(session, sitting, who, stages),
    }


def _replays(
    session: Session, sitting: SittingView, who: Standing, stages: tuple[Stage, ...]
) -> bool:
    """Whether there is a recording that this visitor may watch again."""
    may = who is not Standing.PUBLIC or rules.is_over(stages)
    return may and len(media.recordings(session, sitting.id)) > 0


def _presides(sitting: SittingView, actor: Actor) -> bool:
    acting = sitting.chair.acting
    return acting is None or (isinstance(actor, Account) and acting.person_id == actor.person_id)


def running_json(row: RecordingRow) -> dict[str, Any]:
    """How far the running recording has come, and where a viewer may come in."""
    return {
        "id": str(row.id),
        "kind": row.kind.value,
        "mime": row.mime,
        "name": row.name,
        "organisation": row.organisation,
        "began_at": row.began_at.isoformat(),
        "parts": row.parts,
        "entry": {"no": row.entry_no, "at": row.entry_at},
    }


def replay_json(session: Session, sitting: SittingView) -> dict[str, Any]:
    """Recordings and their gaps, and every spoken event of the lots as chapters."""
    return {
        "sitting": sitting.as_json(),
        "recordings": [
            {**view.as_json(), "id": str(view.id)}
            for view in media.recordings(session, sitting.id)
            if view.parts
        ],
        "gaps": [
            {
                "since": gap.since.isoformat(),
                "until": gap.until.isoformat(),
                "cause": gap.cause,
            }
            for gap in media.gaps_of(session, sitting.id)
        ],
    }

"""Founding sittings and settling who presides. One transaction each, under the sitting's row.

Whoever also locks openings locks them first, in the order of their ids, then the sitting.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import live
from kernel.ids import new_id
from kernel.permissions import Account
from trading.sittings import rules
from trading.sittings.models import SittingLotRow, SittingRow
from trading.sittings.queries import chair_of, official_json, row_of
from trading.sittings.rules import Chair, Official
from trading.tenders.models import Project
from trading.tenders.rules import LotSnapshot

KIND = "sitting"


def seat(session: Session, lot: LotSnapshot, *, now: datetime) -> None:
    """Give the lot its sitting: that of its project at its deadline, else a new one; repeatable.

    A lot whose deadline moved leaves; alone in its sitting, it takes the sitting along.
    """
    # Two lots prepared at once must find one another.
    session.execute(
        select(Project.id).where(Project.id == lot.project_id).with_for_update(key_share=True)
    )
    place = session.get(SittingLotRow, lot.id)
    present = session.get_one(SittingRow, place.sitting_id) if place else None
    if present is not None and present.starts_at == lot.deadline:
        return
    found = session.scalars(
        select(SittingRow)
        .where(SittingRow.project_id == lot.project_id, SittingRow.starts_at == lot.deadline)
        .order_by(SittingRow.created_at, SittingRow.id)
    ).first()
    if present is not None and found is None and _alone(session, present.id):
        present.starts_at = lot.deadline
        return
    move(session, lot.id, found or found_sitting(session, lot, now=now))


def found_sitting(session: Session, lot: LotSnapshot, *, now: datetime) -> SittingRow:
    """A sitting of its own, with its stream."""
    row = SittingRow(
        id=(own := new_id()),
        project_id=lot.project_id,
        live_id=live.open_session(session, kind=KIND, ref=own),
        starts_at=lot.deadline,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def move(session: Session, lot_id: UUID, to: SittingRow) -> None:
    """Let the lot be opened in another sitting."""
    place = session.get(SittingLotRow, lot_id)
    if place is None:
        session.add(SittingLotRow(lot_id=lot_id, sitting_id=to.id))
    else:
        place.sitting_id = to.id
    session.flush()


def _alone(session: Session, sitting_id: UUID) -> bool:
    counted = select(func.count()).where(SittingLotRow.sitting_id == sitting_id)
    return session.scalar(counted) == 1


def preside(session: Session, lot_id: UUID, *, actor: Account) -> None:
    """Let the actor give a host's act; the first who does becomes host, which is recorded.

    Raises Refused SIT-1001: somebody else presides; OPN-1004.
    """
    who = official(actor)
    before = chair_of(row_of(session, lot_id))
    if rules.preside(before, who) == before:
        return
    row = row_of(session, lot_id, lock=True)
    after = rules.preside(chair_of(row), who)
    keep(row, after)
    live.append(session, row.live_id, "host_named", told(after))


def keep(row: SittingRow, chair: Chair) -> None:
    """Write the chair into its row."""
    row.host, row.deputy = official_json(chair.host), official_json(chair.deputy)
    row.presiding = chair.presiding


def told(chair: Chair) -> dict[str, object]:
    """The chair as the stream tells it."""
    return {
        "host": official_json(chair.host),
        "deputy": official_json(chair.deputy),
        "acting": official_json(chair.acting),
    }


def official(actor: Account) -> Official:
    """An account as somebody who may preside."""
    return Official(actor.person_id, actor.person_name, actor.organisation_name)

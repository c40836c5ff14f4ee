"""Founding sittings and settling who presides. One transaction each, under the sitting's row.

Whoever also locks openings locks them first, in the order of their ids, then the sitting.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import live, log
from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure.errors import Refused
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
    if rules.preside(before, who) != before:
        row = row_of(session, lot_id, lock=True)
        _seat(session, row, rules.preside(chair_of(row), who), "host_named", {})


def name(
    session: Session,
    lot_id: UUID,
    host: Official,
    deputy: Official | None,
    *,
    begun: bool,
    actor: Account,
) -> None:
    """Name host and deputy; repeatable. Raises Refused SIT-1001, 1002, 1003; OPN-1004."""
    row = row_of(session, lot_id, lock=True)
    chair = rules.name(chair_of(row), official(actor), host, deputy, begun=begun)
    _seat(session, row, chair, "host_named", {"by": actor.person_name})


def take_over(
    session: Session, lot_id: UUID, reason: str, *, actor: Account
) -> dict[str, Any] | None:
    """Let the other of the two preside; returns what happened, None when the actor already does.

    Raises Refused SIT-1004: neither host nor deputy; OPN-1004.
    """
    row = row_of(session, lot_id, lock=True)
    before = chair_of(row)
    after = rules.take_over(before, official(actor))
    if after == before:
        return None
    if before.acting is None:
        _seat(session, row, after, "host_named", {"by": actor.person_name})
        return None
    change: dict[str, Any] = {
        "from": official_json(before.acting),
        "to": official_json(after.acting),
        "by": actor.person_name,
        "reason": reason,
    }
    _seat(session, row, after, "host_changed", change)
    log.append(session, "opening_host", {"sitting": str(row.id), **change})
    return change


def part(session: Session, lot: LotSnapshot, *, now: datetime) -> None:
    """Take the lot out of its sitting into one of its own, under the same two people."""
    former = row_of(session, lot.id, lock=True)
    own = found_sitting(session, lot, now=now)
    own.host, own.deputy, own.presiding = former.host, former.deputy, former.presiding
    move(session, lot.id, own)
    live.append(session, former.live_id, "lots_changed", {})


def join(session: Session, lot_id: UUID, other: UUID) -> None:
    """Open the lot in the other one's sitting. Raises Refused SIT-1006, OPN-1004."""
    rows = {row.id: row for row in (row_of(session, lot_id), row_of(session, other))}
    for row_id in sorted(rows):
        session.refresh(rows[row_id], with_for_update=True)
    former, to = row_of(session, lot_id), row_of(session, other)
    if (former.project_id, former.starts_at) != (to.project_id, to.starts_at):
        raise Refused("SIT-1006")
    if former.id != to.id:
        move(session, lot_id, to)
        for row in (former, to):
            live.append(session, row.live_id, "lots_changed", {})


def _seat(session: Session, row: SittingRow, chair: Chair, kind: str, more: dict[str, Any]) -> None:
    """Write the chair into its row and tell it."""
    if chair == chair_of(row):
        return
    row.host, row.deputy = official_json(chair.host), official_json(chair.deputy)
    row.presiding = chair.presiding
    session.flush()
    live.append(session, row.live_id, kind, {**told(chair), **more})


def told(chair: Chair) -> dict[str, Any]:
    """The chair as the stream tells it."""
    return {
        "host": official_json(chair.host),
        "deputy": official_json(chair.deputy),
        "acting": official_json(chair.acting),
    }


def official(actor: Account) -> Official:
    """An account as somebody who may preside."""
    return Official(actor.person_id, actor.person_name, actor.organisation_name)

"""Openings in which somebody is asked to act now: a share awaited, a late close, an objection, a
host who has vanished.

Derived from rows at each turn, so that nothing has to be heard in time. Before the list only what
the public stage says is told.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from trading.openings import absence
from trading.openings import hall as halls
from trading.openings.models import OpeningRow
from trading.openings.states import FINISHED, VOUCHED, CloseState, Opening, Stage
from trading.reminders import officials
from trading.reminders.actions import Note
from trading.reminders.rules import Kind, Office
from trading.tenders import queries as tenders

_ASLEEP = FINISHED | {Stage.WAITING, Stage.SIGN_IN}
HOSTS, SUPERVISORS = frozenset({Office.HOST}), frozenset({Office.SUPERVISOR})
STANDING_IN = frozenset({Office.DEPUTY, Office.CENTRE})


def waiting(session: Session, now: datetime) -> Iterator[tuple[set[UUID], Note]]:
    """Whom to tell what, again and again until it is done; keys make each told once."""
    rows = session.scalars(select(OpeningRow).where(OpeningRow.stage.not_in(_ASLEEP))).all()
    for row in rows:
        opening = halls.snapshot(session, row)
        if opening.paused_at is not None:
            continue
        lot = tenders.lot_row(session, row.lot_id)
        if row.stage is Stage.DEADLINE_LOCK and row.close_state is CloseState.LATE:
            people = officials.of_lot(session, lot, SUPERVISORS)
            yield people, Note(Kind.LATE_CLOSE, f"late:{lot.id}", lot)
        wanted = _release(opening)
        if wanted:
            release, given = wanted
            people = {
                person
                for index, person in officials.trustees(session, lot.id).items()
                if index not in given
            }
            key = f"release:{lot.id}:{release}"
            yield people, Note(Kind.RELEASE_ASKED, key, lot, href="/trustee")
        if gone := absence.host_gone(session, row, lot.rule_set):
            people = officials.of_lot(session, lot, STANDING_IN)
            key = f"host:{gone.sitting_id}:{gone.seen.isoformat()}"
            yield people, Note(Kind.HOST_GONE, key, lot, {"at": gone.since.isoformat()})
        for number in opening.open_objections:
            people = officials.of_lot(session, lot, HOSTS)
            key, href = f"objection:{lot.id}:{number}", f"/lots/{lot.id}/hall/host"
            yield people, Note(Kind.OBJECTION, key, lot, href=href)


def _release(opening: Opening) -> tuple[int, frozenset[int]] | None:
    if opening.close not in VOUCHED:
        return None
    if opening.stage is Stage.DEADLINE_LOCK:
        return 1, opening.first
    if opening.stage is Stage.OPENING:
        return 2, opening.second
    return None

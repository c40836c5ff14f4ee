"""A host who has vanished: was in the hall, presides, and is unseen for longer than is borne.

A host who never came to the hall's page presides from elsewhere, and is not missed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp, legal_now
from trading.openings.models import OpeningRow
from trading.openings.states import AFTER_LIST, FINISHED
from trading.sittings import presence
from trading.sittings import queries as sittings
from trading.tenders.rule_book import rule_set

GOING_ON = AFTER_LIST - FINISHED


@dataclass(frozen=True, slots=True)
class Gone:
    """Whose sitting is without its host, and since when: `seen` by the wall, `since` legally."""

    sitting_id: UUID
    seen: datetime
    since: datetime


def host_gone(session: Session, row: OpeningRow, rules: str) -> Gone | None:
    """The absence of whoever presides over an opening that goes on."""
    if row.stage not in GOING_ON or row.paused_at is not None:
        return None
    sitting = sittings.row_of(session, row.lot_id)
    acting = sittings.chair_of(sitting).acting
    seen = acting and presence.host_last_seen(session, sitting.id, acting.person_id)
    if not seen:
        return None
    unseen = clock_timestamp(session) - seen
    if unseen <= timedelta(minutes=rule_set(rules).value("opening_host_absent_minutes")):
        return None
    return Gone(sitting.id, seen, legal_now(session) - unseen)

"""Reminding: an entry for each person once an occasion, and a message on each way they have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp
from kernel.identity.models import Person
from kernel.jobs import schedule
from kernel.pure.errors import Refused
from trading.reminders import officials
from trading.reminders.models import InboxEntry, ReminderDelivery, Way
from trading.reminders.rules import BEFORE_OPENING, DeliveryState, Kind, occasions
from trading.reminders.terms import terms
from trading.tenders import queries as tenders
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_DEADLINE

OCCASION = "reminders.occasion"


def plan(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """Ask for the reminders before a deadline; those of an earlier deadline find it gone."""
    lot = tenders.lot_row(session, lot_id)
    sign_in = timedelta(minutes=lot.sign_in_minutes)
    for each in occasions(lot.deadline, sign_in, terms()):
        if each.at > now:
            schedule(
                session,
                kind=OCCASION,
                key=f"{lot_id}:{lot.deadline.isoformat()}:{each.kind.value}",
                due_at=each.at,
                payload={
                    "lot_id": str(lot_id),
                    "deadline": lot.deadline.isoformat(),
                    "kind": each.kind.value,
                },
            )


def before_opening(
    session: Session,
    ways: Iterable[Way],
    lot_id: UUID,
    kind: Kind,
    deadline: datetime,
    *,
    now: datetime,
) -> None:
    """The time has come, if the deadline is still that one and the lot still awaits it."""
    lot = tenders.lot_row(session, lot_id)
    if lot.deadline != deadline or lot.stage not in BEFORE_DEADLINE:
        return
    people = officials.of_lot(session, lot, BEFORE_OPENING[kind])
    key = f"{kind.value}:{lot_id}:{deadline.isoformat()}"
    remind(session, ways, people, Note(kind, key, lot), now=now)


@dataclass(frozen=True, slots=True)
class Note:
    """What people are told once for `key`; of a lot, with its name, number and deadline."""

    kind: Kind
    key: str
    lot: Lot | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    href: str = ""


def remind(
    session: Session, ways: Iterable[Way], people: Iterable[UUID], note: Note, *, now: datetime
) -> None:
    """One entry for each person, once for a key; and a message on each way that reaches them."""
    told, href, until = dict(note.facts), note.href, now + terms().stale
    if (lot := note.lot) is not None:
        told = {"name": lot.name, "number": lot.number, "at": lot.deadline.isoformat()} | told
        until = max(until, lot.deadline + terms().stale)
        href = href or f"/lots/{lot.id}/hall"
    for person in sorted(people):
        entry = session.scalar(
            insert(InboxEntry)
            .values(
                # By person and occasion, so that a page of theirs is the same whatever bids do.
                id=uuid5(person, note.key),
                person_id=person,
                key=note.key,
                kind=note.kind,
                facts=told,
                href=href,
                at=now,
                until=until,
                read_at=None,
            )
            .on_conflict_do_nothing(index_elements=["person_id", "key"])
            .returning(InboxEntry.id)
        )
        if entry is not None:
            _send(session, ways, person, entry)


def _send(session: Session, ways: Iterable[Way], person_id: UUID, entry: UUID) -> None:
    person = session.get_one(Person, person_id)
    reached = {Way.MAIL: person.email, Way.SMS: person.phone}
    for way in ways:
        if reached[way]:
            session.add(
                ReminderDelivery(
                    entry_id=entry,
                    way=way,
                    state=DeliveryState.WAITING,
                    attempts=0,
                    retry_at=clock_timestamp(session),
                    begun_at=None,
                    ended_at=None,
                )
            )
    session.flush()


def read(session: Session, entry_id: UUID, *, person_id: UUID, now: datetime) -> str:
    """Mark one's own entry as read; returns where it leads. Refuses REM-1001."""
    entry = session.get(InboxEntry, entry_id)
    if entry is None or entry.person_id != person_id:
        raise Refused("REM-1001")
    entry.read_at = entry.read_at or now
    session.flush()
    return entry.href


def read_all(session: Session, *, person_id: UUID, now: datetime) -> None:
    """Mark everything as read."""
    session.execute(
        update(InboxEntry)
        .where(InboxEntry.person_id == person_id, InboxEntry.read_at.is_(None))
        .values(read_at=now)
    )

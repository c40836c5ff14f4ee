"""Carrying messages out: written down before they leave, ended after, each in its own transaction.

Never inside the drain of due work: a slow mail server must not hold up a deadline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp
from kernel.house import House
from kernel.identity.models import Person
from trading.reminders import rules, words
from trading.reminders.models import InboxEntry, ReminderDelivery, Way
from trading.reminders.rules import Delivery, DeliveryState, Outcome
from trading.reminders.terms import terms
from trading.reminders.ways import Carrier, Message

_TRIED = (DeliveryState.WAITING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message about to leave; without an address it is given up."""

    id: UUID
    way: Way
    message: Message | None


def deliver(house: House, carriers: Mapping[Way, Carrier], *, most: int = 50) -> int:
    """Try what is due, one after another; returns how many were tried."""
    for tried in range(most):
        claimed = _claim(house, tuple(carriers))
        if claimed is None:
            return tried
        message = claimed.message
        outcome = carriers[claimed.way].send(message) if message else Outcome.REFUSED
        _end(house, claimed.id, outcome)
    return most


def _claim(house: House, ways: tuple[Way, ...]) -> Claimed | None:
    with house.database.writing() as session:
        now = clock_timestamp(session)
        row = session.scalars(_due(ways, now)).first()
        if row is None:
            return None
        _keep(row, rules.attempt(_value(row), now))
        entry = session.get_one(InboxEntry, row.entry_id)
        person = session.get_one(Person, entry.person_id)
        to = person.email if row.way is Way.MAIL else person.phone
        settings = house.settings
        subject, text = words.letter(entry, centre=settings.centre_name, url=settings.public_url)
        message = Message(str(row.id), to, subject, text, now) if to else None
        return Claimed(row.id, row.way, message)


def _due(ways: tuple[Way, ...], now: datetime) -> Select[ReminderDelivery]:
    waits = and_(
        ReminderDelivery.state.in_(_TRIED),
        ReminderDelivery.retry_at <= now,
    )
    # Whoever tried it died over it: it may have left, and leaves again under the same key.
    left = and_(
        ReminderDelivery.state == DeliveryState.SENDING,
        ReminderDelivery.begun_at <= now - terms().lease,
    )
    return (
        select(ReminderDelivery)
        .where(
            ReminderDelivery.way.in_(ways),
            ReminderDelivery.attempts < terms().attempts,
            or_(waits, left),
        )
        .order_by(ReminderDelivery.retry_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _end(house: House, delivery_id: UUID, outcome: Outcome) -> None:
    with house.database.writing() as session:
        row = session.get_one(ReminderDelivery, delivery_id, with_for_update=True)
        if row.state is not DeliveryState.SENDING:
            return
        now = clock_timestamp(session)
        kept = rules.settle(_value(row), outcome, now, terms())
        _keep(row, kept)
        if kept.state in {DeliveryState.SENT, DeliveryState.FAILED}:
            row.ended_at = now


def _value(row: ReminderDelivery) -> Delivery:
    return Delivery(row.state, row.attempts, row.retry_at, row.begun_at)


def _keep(row: ReminderDelivery, now: Delivery) -> None:
    row.state, row.attempts = now.state, now.attempts
    row.retry_at, row.begun_at = now.retry_at, now.begun_at


def states(session: Session, entries: list[UUID]) -> dict[UUID, list[ReminderDelivery]]:
    """The messages of some entries."""
    found: dict[UUID, list[ReminderDelivery]] = {each: [] for each in entries}
    for row in session.scalars(
        select(ReminderDelivery)
        .where(ReminderDelivery.entry_id.in_(entries))
        .order_by(ReminderDelivery.way)
    ):
        found[row.entry_id].append(row)
    return found

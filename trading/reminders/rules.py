"""Who is reminded of what and when, and what becomes of a message after each attempt. Pure.

Reminders are made of the notice and of public stages only: nothing in them counts or names bidders.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What an official is told."""

    DAY_BEFORE = "day_before"
    HOUR_BEFORE = "hour_before"
    SIGN_IN = "sign_in"
    RELEASE_ASKED = "release_asked"
    LATE_CLOSE = "late_close"
    OBJECTION = "objection"
    HOST_GONE = "host_gone"
    ROOM_ASKED = "room_asked"
    ROOM_APPROVED = "room_approved"
    ROOM_REFUSED = "room_refused"
    ROOM_MOVED = "room_moved"
    ROOM_LOST = "room_lost"
    ROOM_CANCELLED = "room_cancelled"


class Office(StrEnum):
    """In which capacity somebody is reminded of a lot."""

    HOST = "host"
    TRUSTEE = "trustee"
    SUPERVISOR = "supervisor"
    CENTRE = "centre"
    DEPUTY = "deputy"


EVERYBODY = frozenset(Office) - {Office.DEPUTY}
BEFORE_OPENING = {
    Kind.DAY_BEFORE: EVERYBODY,
    Kind.HOUR_BEFORE: EVERYBODY,
    Kind.SIGN_IN: frozenset({Office.HOST, Office.CENTRE}),
}
"""Whom the three times before an opening concern."""
OF_ROOMS = {
    "asked": Kind.ROOM_ASKED,
    "approved": Kind.ROOM_APPROVED,
    "refused": Kind.ROOM_REFUSED,
    "moved": Kind.ROOM_MOVED,
    "displaced": Kind.ROOM_LOST,
    "cancelled": Kind.ROOM_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The house's numbers."""

    before: tuple[timedelta, timedelta]
    stale: timedelta
    attempts: int
    first_wait: timedelta
    longest_wait: timedelta
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Occasion:
    """A reminder that falls due at a time."""

    kind: Kind
    at: datetime


def occasions(deadline: datetime, sign_in: timedelta, terms: Terms) -> tuple[Occasion, ...]:
    """The times before an opening, earliest first."""
    day, hour = terms.before
    found = (
        Occasion(Kind.DAY_BEFORE, deadline - day),
        Occasion(Kind.HOUR_BEFORE, deadline - hour),
        Occasion(Kind.SIGN_IN, deadline - sign_in),
    )
    return tuple(sorted(found, key=lambda one: one.at))


class DeliveryState(StrEnum):
    """Where a message stands; `unknown` may have arrived and is tried again under its key."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Outcome(StrEnum):
    """What one attempt came to."""

    SENT = "sent"
    LATER = "later"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on one way to one person; times are the wall's."""

    state: DeliveryState
    attempts: int
    retry_at: datetime
    begun_at: datetime | None = None


def is_due(delivery: Delivery, now: datetime, terms: Terms) -> bool:
    """Whether it is to be tried: its wait is over, or whoever tried it is gone."""
    if delivery.attempts >= terms.attempts:
        return False
    if delivery.state is DeliveryState.SENDING:
        return delivery.begun_at is not None and delivery.begun_at + terms.lease <= now
    open_ = delivery.state in {DeliveryState.WAITING, DeliveryState.UNKNOWN}
    return open_ and delivery.retry_at <= now


def attempt(delivery: Delivery, now: datetime) -> Delivery:
    """An attempt begins; it is written down before anything leaves the house."""
    return replace(
        delivery, state=DeliveryState.SENDING, attempts=delivery.attempts + 1, begun_at=now
    )


def settle(delivery: Delivery, outcome: Outcome, now: datetime, terms: Terms) -> Delivery:
    """What an attempt leaves behind. An attempt that nobody ended is an uncertain one."""
    wait = min(terms.first_wait * 2 ** max(0, delivery.attempts - 1), terms.longest_wait)
    last = delivery.attempts >= terms.attempts
    state = {
        Outcome.SENT: DeliveryState.SENT,
        Outcome.REFUSED: DeliveryState.FAILED,
        Outcome.LATER: DeliveryState.FAILED if last else DeliveryState.WAITING,
        Outcome.UNCERTAIN: DeliveryState.UNKNOWN,
    }[outcome]
    return replace(delivery, state=state, retry_at=now + wait, begun_at=None)

"""When officials are reminded: at planned times, when somebody is asked to act, about rooms."""

from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.jobs import Jobs
from trading.reminders import actions, asks, delivering, officials
from trading.reminders.access import ReminderRight
from trading.reminders.actions import Note
from trading.reminders.models import Way
from trading.reminders.rules import OF_ROOMS, Kind, Office
from trading.reminders.ways import carriers
from trading.tenders import queries as tenders
from trading.tenders.events import NoticePublished
from trading.tenders.rules import BEFORE_NOTICE
from trading.venues import queries as venues
from trading.venues.events import RoomStep
from trading.venues.models import RoomBooking
from trading.venues.rules import BookingState

jobs = Jobs("reminders")


def _ways(call: Call) -> tuple[Way, ...]:
    return tuple(carriers(call.house.settings))


def notice_published(call: Call, event: NoticePublished) -> None:
    """A deadline was named: plan the reminders before it."""
    actions.plan(call.session, event.lot_id, now=call.now)


@jobs.due(actions.OCCASION, permission=ReminderRight.DELIVER)
def occasion(call: Call, payload: dict[str, Any]) -> None:
    """A planned time has come."""
    actions.before_opening(
        call.session,
        _ways(call),
        UUID(payload["lot_id"]),
        Kind(payload["kind"]),
        datetime.fromisoformat(payload["deadline"]),
        now=call.now,
    )


@jobs.every(seconds=5, permission=ReminderRight.DELIVER)
def asked(call: Call) -> None:
    """Tell everybody who is waited for, once."""
    for people, note in asks.waiting(call.session, call.now):
        actions.remind(call.session, _ways(call), people, note, now=call.now)


@jobs.every(seconds=2, permission=ReminderRight.DELIVER)
def deliver(call: Call) -> None:
    """Carry messages out; opens its own transactions."""
    ways = carriers(call.house.settings)
    if ways:
        delivering.deliver(call.house, ways)


def room_step(call: Call, event: RoomStep) -> None:
    """A loan of a room went a step: the centre hears of requests, the agency of the rest."""
    row = call.session.get_one(RoomBooking, event.booking_id)
    step = next(s for s in venues.steps(call.session, row.id) if s.number == event.number)
    lots = venues.lots_of(call.session, row.id)
    if not lots:
        return
    lot = tenders.lot_row(call.session, lots[0])
    note = Note(
        OF_ROOMS[event.act],
        f"room:{event.booking_id}:{event.number}",
        lot,
        {
            "room": venues.room_name(call.session, step.room_id),
            "reason": step.reason,
            "at": step.starts_at.isoformat(),
        },
    )
    if event.act == "asked":
        if step.state is BookingState.REQUESTED:
            people = officials.centre(call.session, row.centre_id)
            _tell(call, people, note, f"/venues/bookings/{row.id}")
        return
    hosts = officials.of_lot(call.session, lot, frozenset({Office.HOST}))
    _tell(call, hosts, note, f"/tenders/lots/{lot.id}/room")
    if event.act in {"moved", "displaced", "cancelled"} and lot.stage not in BEFORE_NOTICE:
        people = officials.centre(call.session, row.centre_id)
        _tell(call, people, note, f"/venues/bookings/{row.id}")


def _tell(call: Call, people: set[UUID], note: Note, href: str) -> None:
    told = Note(note.kind, note.key, note.lot, note.facts, href)
    actions.remind(call.session, _ways(call), people, told, now=call.now)

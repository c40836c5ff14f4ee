"""One opening in full beside the wall: its line, people, events, draws, chat and evidence.

Before the list there is nothing here that counts or names bidders; chat and people come after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp
from kernel.house import Call
from kernel.live import LiveEvent
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from trading.openings import queries as openings
from trading.openings.queries import OpeningView
from trading.openings.states import AFTER_LIST, FINISHED, Kind
from trading.sittings import presence
from trading.sittings import queries as sittings
from trading.supervision import queries
from trading.supervision.board import Tile
from trading.venues import queries as venues
from trading.venues.queries import BookingView

SHOWN = 60
CHAT = 30
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class People:
    """Who is here now, after the list: in office, at the bidders' seats, in the gallery."""

    officials: int
    seats: int
    public: int


@dataclass(frozen=True, slots=True)
class Detail:
    """What the pane shows of one opening."""

    tile: Tile
    events: Sequence[LiveEvent]
    draws: Sequence[Mapping[str, Any]]
    chat: Sequence[Mapping[str, Any]]
    people: People | None
    chair: str
    room: BookingView | None
    failures: Sequence[LiveEvent]
    has_record: bool
    may_pause: bool
    may_resume: bool


def detail(call: Call, tile: Tile) -> Detail:
    """Everything about the tile's opening that may be seen now."""
    session, lot_id = call.session, tile.lot.id
    view = openings.opening_of(session, lot_id)
    listed = view is not None and view.stage in AFTER_LIST | FINISHED
    live = [view.live_id] if view else []
    ordering = isinstance(call.actor, Account) and call.actor.role is Role.SUPERVISOR
    going_on = view is not None and view.stage not in FINISHED
    return Detail(
        tile=tile,
        events=queries.spoken(session, live, most=SHOWN),
        draws=[each.payload for each in _of_kind(session, view, Kind.PARAMETER_DRAWN)],
        chat=_chat(session, lot_id) if listed else (),
        people=people(session, view),
        chair=_chair(session, lot_id),
        room=venues.confirmed(session, [lot_id]).get(lot_id),
        failures=_failures(session, view) if listed else (),
        has_record=openings.record_of(session, lot_id) is not None,
        may_pause=ordering and going_on and view is not None and view.paused_at is None,
        may_resume=ordering and going_on and view is not None and view.paused_at is not None,
    )


def people(session: Session, view: OpeningView | None) -> People | None:
    """Who is here, None before the list and after the end."""
    if view is None or view.stage not in AFTER_LIST or view.stage in FINISHED:
        return None
    sitting = sittings.sitting_of(session, view.lot_id)
    if sitting is None:
        return None
    told = presence.shown(session, sitting, now=clock_timestamp(session))
    seats = {one["seat"] for one in told["seats"] if one["lot"] == str(view.lot_id)}
    officials = sum(told["roles"][role] for role in presence.OFFICES)
    return People(officials, len(seats), told["roles"][presence.PUBLIC])


def _chair(session: Session, lot_id: UUID) -> str:
    try:
        acting = sittings.of_lot(session, lot_id).chair.acting
    except Refused:
        return ""
    return acting.name if acting else ""


def _chat(session: Session, lot_id: UUID) -> Sequence[Mapping[str, Any]]:
    try:
        return sittings.transcript(session, lot_id)[-CHAT:][::-1]
    except Refused:
        return ()


def _of_kind(session: Session, view: OpeningView | None, kind: Kind) -> Sequence[LiveEvent]:
    if view is None:
        return ()
    return session.scalars(
        select(LiveEvent)
        .where(LiveEvent.session_id == view.live_id, LiveEvent.kind == kind.value)
        .order_by(LiveEvent.seq)
    ).all()


def _failures(session: Session, view: OpeningView | None) -> Sequence[LiveEvent]:
    """Events that carry a failure's code, newest first: the evidence of what did not open."""
    if view is None:
        return ()
    return session.scalars(
        select(LiveEvent)
        .where(LiveEvent.session_id == view.live_id, LiveEvent.payload["code"].as_string() != "")
        .order_by(LiveEvent.seq.desc())
        .limit(ATTEMPTS)
    ).all()

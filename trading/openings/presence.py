"""The presence line of the hall: every few seconds each web process says who follows the sitting.

Before the list of every lot nothing of it is written or sent: a number alone would tell.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp, legal_now
from kernel.db import Database
from kernel.faults import described
from kernel.ids import new_id
from kernel.permissions import Account, Actor, Pseudonym, Role
from kernel.sockets import Follower, Sockets
from trading.openings.access import is_of_host, is_witness
from trading.openings.models import SeatRow
from trading.openings.states import BEFORE_LIST, FINISHED
from trading.openings.talking import seat_of, stages_with
from trading.sittings import presence, queries
from trading.sittings.presence import Guest, Here
from trading.sittings.rules import Chair
from trading.tenders.queries import lot_snapshot
from trading.tenders.rules import LotSnapshot

LOG = logging.getLogger("sunbid.live")
KIND = "sitting"
BEAT_SECONDS = 3.0
PUBLIC = Here(presence.PUBLIC)
AGAIN_SECONDS = 30.0
"""An unchanged line is told again so often: whoever came in between has not heard it."""


@dataclass(slots=True)
class Beat:
    """What one process has said of a sitting and when, on its own clock."""

    sitting_id: UUID
    here: Counter[str] = field(default_factory=Counter)
    renewed: float = float("-inf")
    told: dict[str, Any] = field(default_factory=dict)
    told_at: float = float("-inf")


class Presence:
    """The beats of one web process."""

    def __init__(self, sockets: Sockets, database: Database) -> None:
        self._sockets = sockets
        self._database = database
        self._process = new_id()
        self._beats: dict[UUID, Beat] = {}
        sockets.on_joined(self._joined)
        sockets.at_start(self._run)

    def _joined(self, _session: Session, follower: Follower) -> None:
        if follower.kind == KIND:
            self._beats.setdefault(follower.live_id, Beat(follower.ref))

    def _run(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            for live_id in list(self._beats):
                try:
                    self.beat(live_id)
                except Exception as error:  # noqa: BLE001 - the line must not end with one fault
                    LOG.error("presence broke\n%s", described(error))

    def beat(self, live_id: UUID) -> None:
        """Say who follows here, read what all processes say, tell what changed."""
        beat, followers = self._beats[live_id], self._sockets.followers(live_id)
        if not followers:
            self._beats.pop(live_id)
        with self._database.reading() as session:
            room = enter(session, beat.sitting_id, followers)
        if room is None:
            self._end(beat)
            return
        self._say(beat, room, followers)
        with self._database.reading() as session:
            frame = presence.shown(session, beat.sitting_id, now=clock_timestamp(session))
        now = time.monotonic()
        if followers and (frame != beat.told or now - beat.told_at >= AGAIN_SECONDS):
            beat.told, beat.told_at = frame, now
            self._sockets.push(live_id, "presence", frame)

    def _say(self, beat: Beat, room: "Room", followers: Sequence[Follower]) -> None:
        """Write only what is new, or what would run out."""
        seen = [room.here(each.actor) for each in followers]
        here, now = Counter(each.label for each in seen), time.monotonic()
        if here == beat.here and now - beat.renewed < presence.LEASE.total_seconds() / 2:
            return
        with self._database.writing() as session:
            wall = clock_timestamp(session)
            presence.renew(session, beat.sitting_id, self._process, here, now=wall)
            guests = [guest for each in followers if (guest := room.guest(each.actor))]
            presence.see_host(session, beat.sitting_id, guests, now=wall)
            at = legal_now(session)
            presence.attend(session, beat.sitting_id, guests, at=at)
        beat.here, beat.renewed = here, now

    def _end(self, beat: Beat) -> None:
        if beat.here:
            with self._database.writing() as session:
                presence.end(session, beat.sitting_id)
            beat.here = Counter()


@dataclass(frozen=True, slots=True)
class Room:
    """What is needed to know as what a socket counts; `seats` by lot and pseudonym."""

    chair: Chair
    lot: LotSnapshot
    seats: Mapping[tuple[UUID, str], int]

    def here(self, actor: Actor) -> Here:
        """As what a socket counts."""
        if isinstance(actor, Pseudonym):
            seat = self.seats.get((actor.lot_id, actor.pseudonym))
            return Here(presence.SEAT, f"{actor.lot_id}:{seat}") if seat else PUBLIC
        guest = self.guest(actor)
        return Here(guest.role, str(guest.person_id)) if guest else PUBLIC

    def guest(self, actor: Actor) -> Guest | None:
        """An official as the record names it."""
        if not isinstance(actor, Account) or not (role := self._office(actor)):
            return None
        return Guest(role, actor.person_id, actor.person_name, actor.organisation_name)

    def _office(self, actor: Account) -> str:
        """Host is whoever presides, the other of the two the deputy; colleagues watch."""
        if actor.role is Role.SUPERVISOR:
            return "supervisor"
        if is_witness(actor, self.lot):
            return "witness"
        if not is_of_host(actor, self.lot):
            return ""
        acting = self.chair.acting
        if acting is None or acting.person_id == actor.person_id:
            return "host"
        named = {who.person_id for who in (self.chair.host, self.chair.deputy) if who}
        return "deputy" if actor.person_id in named else ""


def enter(session: Session, sitting_id: UUID, followers: Sequence[Follower]) -> Room | None:
    """The room once every lot of it has its list or has ended, and while one goes on."""
    view = queries.by_id(session, sitting_id)
    if view is None or not view.lots:
        return None
    stages = set(stages_with(session, view.lots[0].id).values())
    if not stages.isdisjoint(BEFORE_LIST) or stages <= FINISHED:
        return None
    actors = [each.actor for each in followers]
    known = [actor.pseudonym for actor in actors if isinstance(actor, Pseudonym)]
    rows = session.execute(
        select(SeatRow.lot_id, SeatRow.pseudonym, SeatRow.seat).where(
            SeatRow.lot_id.in_(lot.id for lot in view.lots), SeatRow.pseudonym.in_(known)
        )
    )
    seats = {(lot_id, pseudonym): seat for lot_id, pseudonym, seat in rows}
    return Room(view.chair, lot_snapshot(session, view.lots[0].id), seats)


def has_seat(session: Session, pseudonym: Pseudonym, sitting_id: UUID) -> bool:
    """Whether a ticket's holder sits here: the list has named it, in a lot of this sitting."""
    if sitting_id != queries.sitting_of(session, pseudonym.lot_id):
        return False
    return seat_of(session, pseudonym.lot_id, pseudonym.pseudonym) is not None

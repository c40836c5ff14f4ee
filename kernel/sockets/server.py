"""The sockets of one web process: joins, what followers say, and what is pushed to them.

flask-socketio has no types; this module is the one place that touches it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask, request
from flask_socketio import SocketIO
from sqlalchemy.orm import Session

from kernel import live
from kernel.clock import clock_timestamp, legal_now
from kernel.faults import described
from kernel.house import House
from kernel.permissions import Actor, PermissionTable
from kernel.pure.errors import Refused
from kernel.relay import Frame, Hearing, Relay, parse_notice
from kernel.sockets import passes
from kernel.sockets.broadcast import Broadcast
from kernel.sockets.doors import LiveDoors, Said
from kernel.sockets.ear import Ear
from kernel.sockets.gate import Gate
from kernel.sockets.rooms import Follower, Followers
from kernel.sockets.wire import Lines

LOG = logging.getLogger("sunbid.live")
NAMESPACE = "/live"
MAX_MESSAGE = 64 << 10
QUIET_SECONDS = 5

ActorOf = Callable[[Session], Any]
Joined = Callable[[Session, Follower], None]
Left = Callable[[Follower], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """A well-formed wish to follow a stream."""

    live_id: UUID
    after: int
    shown: str


class Sockets:
    """The sockets of one web process."""

    def __init__(
        self,
        app: Flask,
        house: House,
        table: PermissionTable,
        doors: LiveDoors,
        actor_of: ActorOf,
    ) -> None:
        self.io = SocketIO(
            app,
            async_mode="gevent",
            max_http_buffer_size=MAX_MESSAGE,
            cors_allowed_origins=house.settings.origins,
            # One after the other for each client: who asks a lot waits for its own answers.
            async_handlers=False,
            manage_session=False,
            logger=False,
            engineio_logger=False,
        )
        self._lines = Lines(self.io.server.eio, longest=MAX_MESSAGE)
        self._broadcast = Broadcast(self.io.server, self._lines, NAMESPACE)
        self._house = house
        self._table = table
        self._doors = doors
        self._actor_of = actor_of
        self._relay = Relay(house.database.reading, self._emit)
        self._gate = Gate(self.io.server, self._lines, house.settings)
        self._followers = Followers()
        self._joined: list[Joined] = []
        self._left: list[Left] = []
        self._at_start: list[Callable[[], None]] = [self._listen]
        self.io.on_event("join", self._join, namespace=NAMESPACE)
        self.io.on_event("disconnect", self._gone, namespace=NAMESPACE)
        for name in {name for _, name in doors.events}:
            self.io.on_event(name, partial(self._said, name), namespace=NAMESPACE)

    def start(self) -> None:
        """Begin to listen to the database and what else was asked for; a greenlet each."""
        for run in self._at_start:
            self.io.start_background_task(run)

    def at_start(self, run: Callable[[], None]) -> None:
        """Have `run` go on in a greenlet of each web process."""
        self._at_start.append(run)

    def on_joined(self, hook: Joined) -> None:
        """Have `hook` called with the join's (read-only) transaction when a socket follows."""
        self._joined.append(hook)

    def on_left(self, hook: Left) -> None:
        """Have `hook` called when a socket follows no longer."""
        self._left.append(hook)

    def followers(self, live_id: UUID) -> list[Follower]:
        """Who follows a stream in this process."""
        return self._followers.of(live_id)

    def tell(self, live_id: UUID, name: str, payload: dict[str, Any], *, group: str = "") -> None:
        """Tell followers on every web process something in passing; raises as `live.tell`."""
        with self._house.database.writing() as session:
            live.tell(session, live_id, name, payload, group=group)

    def push(self, live_id: UUID, name: str, payload: dict[str, Any], *, group: str = "") -> None:
        """Tell the followers of this process alone something in passing."""
        self._broadcast.send(_room(live_id, group), [(name, {"id": str(live_id), **payload})])

    def _join(self, message: Any) -> dict[str, Any]:
        if not self._gate.admits(_sid(), *_origin()):
            return {"error": "WEB-1105", "retry": True}
        wish = _wish(message)
        if wish is None:
            return {"error": "WEB-1004"}
        try:
            return self._follow(wish)
        except Refused as refused:
            return {"error": refused.code}
        except Exception as error:  # noqa: BLE001 - unanswered, it would believe itself connected
            LOG.error("joining broke\n%s", described(error))
            if (follower := self._followers.find(_sid(), wish.live_id)) is not None:
                self._send_away(follower)
            return {"error": "WEB-1005", "retry": True}

    def _follow(self, wish: Wish) -> dict[str, Any]:
        """Let the socket into its stream and answer what it has missed. Raises Refused."""
        follower = self._let_in(wish)
        try:
            self.io.server.enter_room(follower.sid, _room(wish.live_id), namespace=NAMESPACE)
        except (KeyError, ValueError):
            return {"error": "WEB-1001"}  # gone meanwhile; nobody reads this
        is_new = self._followers.add(follower) != follower
        # Only now, and in a transaction begun after joining: nothing can fall between the two.
        with self._house.database.reading() as session:
            self._relay.follow(session, wish.live_id)
            events = live.events_after(session, wish.live_id, wish.after)
            for hook in self._joined if is_new else ():
                hook(session, follower)
            return {"events": [event.frame() for event in events]}

    def _let_in(self, wish: Wish) -> Follower:
        with self._house.database.reading() as session:
            actor = self._actor(session, wish)
            admission = self._doors.check(session, actor, wish.live_id)
        return Follower(
            sid=_sid(),
            live_id=wish.live_id,
            kind=admission.kind,
            ref=admission.ref,
            actor=actor,
            is_losable=admission.is_losable,
        )

    def _actor(self, session: Session, wish: Wish) -> Actor:
        if not wish.shown:
            found: Actor = self._actor_of(session)
            return found
        at = clock_timestamp(session)
        holder = passes.read(self._house.keys, wish.shown, wish.live_id, at=at)
        self._doors.check_seat(session, holder, wish.live_id)
        return holder

    def _said(self, name: str, message: Any) -> dict[str, Any]:
        if not self._gate.admits(_sid(), *_origin()):
            return {"error": "WEB-1105", "retry": True}
        wish = _wish(message)
        follower = self._followers.find(_sid(), wish.live_id) if wish else None
        if follower is None:
            return {"error": "WEB-1004"}
        try:
            event = self._doors.event(follower, name)
            with self._house.database.writing() as session:
                self._doors.check(session, follower.actor, follower.live_id)
                enter = partial(self._enter, follower)
                now = legal_now(session)
                return event.handle(Said(session, follower, now, self._house, message, enter))
        except Refused as refused:
            return {"error": refused.code}

    def _enter(self, follower: Follower, group: str) -> None:
        room = _room(follower.live_id, group)
        self.io.server.enter_room(follower.sid, room, namespace=NAMESPACE)

    def _gone(self, *_reason: Any) -> None:
        self._gate.forget(_sid())
        for follower in self._followers.remove_all(_sid()):
            self._leave(follower)

    def _leave(self, follower: Follower) -> None:
        if self._followers.is_empty(follower.live_id):
            self._relay.forget(follower.live_id)
        for hook in self._left:
            hook(follower)

    def _emit(self, live_id: UUID, frames: Sequence[Frame]) -> None:
        if losable := self._followers.losable(live_id):
            with self._house.database.reading() as session:
                lost = [each for each in losable if not self._may(session, each)]
            for follower in lost:
                self._send_away(follower)
        told = [("event", {"id": str(live_id), **frame}) for frame in frames]
        self._broadcast.send(_room(live_id), told)

    def _may(self, session: Session, follower: Follower) -> bool:
        try:
            self._doors.check(session, follower.actor, follower.live_id)
        except Refused:
            return False
        return True

    def _send_away(self, follower: Follower) -> None:
        """Whoever has lost a stream hears nothing more of it, in no group of it."""
        whole = _room(follower.live_id)
        for room in self.io.server.rooms(follower.sid, namespace=NAMESPACE):
            if room.startswith(whole):
                self.io.server.leave_room(follower.sid, room, namespace=NAMESPACE)
        if self._followers.remove(follower.sid, follower.live_id):
            self._leave(follower)

    def _listen(self) -> None:
        """Listen for ever; after any fault reconnect and read on from the last number."""
        while True:
            try:
                self._listen_once()
            except Exception as error:  # noqa: BLE001 - listening must not end
                LOG.error("listening broke; reconnecting\n%s", described(error))
            self.io.sleep(1)

    def _listen_once(self) -> None:
        hearing = Hearing()
        with Ear(self._house.database.url, (live.GREW, live.TOLD)) as ear:
            self._relay.catch_up()
            while True:
                # All that has come together is pushed together; silence covers a lost notice.
                heard = ear.hear(QUIET_SECONDS)
                if not heard:
                    self._relay.catch_up()
                self._relay.hear(parse_notice(text) for name, text in heard if name == live.GREW)
                for name, text in heard:
                    if name == live.TOLD and (told := hearing.take(text)):
                        self.push(told.live_id, told.name, told.payload, group=told.group)


def _sid() -> str:
    found: str = request.sid  # type: ignore[attr-defined]
    return found


def _origin() -> tuple[str, str]:
    return request.remote_addr or "", request.headers.get("X-Forwarded-For", "")


def _room(live_id: UUID, group: str = "") -> str:
    return f"{live_id}/{group}" if group else str(live_id)


def _wish(message: Any) -> Wish | None:
    if not isinstance(message, Mapping):
        return None
    try:
        live_id, after = UUID(str(message["id"])), int(message.get("after", 0))
    except (KeyError, TypeError, ValueError):
        return None
    return Wish(live_id, after, str(message.get("pass", "")))

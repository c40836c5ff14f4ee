"""Socket.IO as a mere messenger: it pushes numbered events that the database already holds.

flask-socketio has no types; this module is the one place that touches it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask, request
from flask_socketio import SocketIO, join_room
from sqlalchemy.orm import Session

from kernel import live
from kernel.faults import described
from kernel.house import House
from kernel.permissions import Actor, Guarded, PermissionTable, Right, UnguardedError
from kernel.pure.errors import Refused

LOG = logging.getLogger("sunbid.live")
NAMESPACE = "/live"
MAX_MESSAGE = 64 << 10
JOINS_PER_MINUTE = 60

ActorOf = Callable[[Session], Any]


def everybody(_session: Session, _actor: Actor, _ref: UUID) -> bool:
    """Streams that are nobody's in particular."""
    return True


@dataclass(frozen=True, slots=True)
class Stream:
    """Who may follow streams of one kind: a right, and whose streams of that kind they are.

    `admits` is asked with the actor and what the stream is about (its `ref`), at the join and again
    before every event: who has lost a stream is sent nothing more of it.
    """

    right: Right
    admits: Callable[[Session, Actor, UUID], bool] = everybody


class LiveDoors:
    """Who may follow the streams of which kind."""

    def __init__(self, streams: Mapping[str, Stream], table: PermissionTable) -> None:
        self._streams = streams
        self._table = table
        for kind, stream in streams.items():
            table.guard(Guarded("socket", f"join {kind}", stream.right))

    def check(self, session: Session, actor: Actor, live_id: UUID) -> bool:
        """Let `actor` follow the stream; True when it may be lost again and must be asked anew.

        Raises:
            Refused: WEB-1001 no such stream; WEB-1101 nobody is logged in; WEB-1102 not this one.
            UnguardedError: no right was named for streams of that kind.
        """
        about = live.about(session, live_id)
        if about is None:
            raise Refused("WEB-1001")
        stream = self._streams.get(about.kind)
        if stream is None:
            raise UnguardedError(f"live stream {about.kind} names no permission")
        self._table.require(actor, stream.right)
        if not stream.admits(session, actor, about.ref):
            raise Refused("WEB-1102")
        return stream.admits is not everybody


class Followers:
    """Who follows streams that can be lost, by stream and socket."""

    def __init__(self, doors: LiveDoors) -> None:
        self._doors = doors
        self._by_stream: dict[UUID, dict[str, Actor]] = {}

    def add(self, live_id: UUID, sid: str, actor: Actor) -> None:
        """A socket has joined the stream."""
        self._by_stream.setdefault(live_id, {})[sid] = actor

    def forget(self, sid: str) -> None:
        """A socket is gone."""
        for sids in self._by_stream.values():
            sids.pop(sid, None)

    def lost(self, session: Session, live_id: UUID) -> list[str]:
        """The sockets whose actors may no longer follow the stream; they are forgotten."""
        sids = self._by_stream.get(live_id, {})
        found = [sid for sid, actor in list(sids.items()) if not self._may(session, actor, live_id)]
        for sid in found:
            sids.pop(sid, None)
        return found

    def _may(self, session: Session, actor: Actor, live_id: UUID) -> bool:
        try:
            self._doors.check(session, actor, live_id)
        except Refused:
            return False
        return True


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
            cors_allowed_origins=[house.settings.public_url],
            manage_session=False,
            logger=False,
            engineio_logger=False,
        )
        self._house = house
        self._table = table
        self._doors = doors
        self._actor_of = actor_of
        self._relay = live.Relay(self._emit)
        self._joins: dict[str, list[float]] = {}
        self._followers = Followers(doors)
        self.io.on_event("join", self._join, namespace=NAMESPACE)
        self.io.on_event("disconnect", self._left, namespace=NAMESPACE)

    def start(self) -> None:
        """Begin to listen to the database; one greenlet for the process."""
        self.io.start_background_task(self._listen)

    def _join(self, message: Any) -> dict[str, Any]:
        if not self._within_rate():
            return {"error": "WEB-1104", "retry": True}
        try:
            live_id, after = UUID(str(message["id"])), int(message["after"])
        except (KeyError, TypeError, ValueError):
            return {"error": "WEB-1004"}
        with self._house.database.reading() as session:
            actor = self._actor_of(session)
            try:
                if self._doors.check(session, actor, live_id):
                    self._followers.add(live_id, request.sid, actor)  # type: ignore[attr-defined]
            except Refused as refused:
                return {"error": refused.code}
            join_room(str(live_id))
            self._relay.follow(session, live_id)
            events = live.events_after(session, live_id, after)
            return {"events": [event.frame() for event in events]}

    def _left(self, *_reason: Any) -> None:
        sid = request.sid  # type: ignore[attr-defined]
        self._joins.pop(sid, None)
        self._followers.forget(sid)

    def _within_rate(self) -> bool:
        sid = request.sid  # type: ignore[attr-defined]
        now = time.monotonic()
        recent = [at for at in self._joins.get(sid, []) if now - at < 60]
        self._joins[sid] = [*recent, now]
        return len(recent) < JOINS_PER_MINUTE

    def _emit(self, session: Session, live_id: UUID, frames: list[dict[str, Any]]) -> None:
        for sid in self._followers.lost(session, live_id):
            self.io.server.leave_room(sid, str(live_id), namespace=NAMESPACE)
        for frame in frames:
            self.io.emit(
                "event",
                {"id": str(live_id), **frame},
                namespace=NAMESPACE,
                to=str(live_id),
            )

    def _listen(self) -> None:
        """Listen for ever; after any fault reconnect and read on from the last number."""
        while True:
            try:
                self._listen_once()
            except Exception as error:  # noqa: BLE001 - listening must not end
                LOG.error("listening broke; reconnecting\n%s", described(error))
            self.io.sleep(1)

    def _listen_once(self) -> None:
        with psycopg.connect(self._house.database.url, autocommit=True) as connection:
            connection.execute("LISTEN live")
            self._pump()
            while True:
                # The timeout covers a notice lost with a half-dead connection.
                for _ in connection.notifies(timeout=5, stop_after=1):
                    pass
                self._pump()

    def _pump(self) -> None:
        with self._house.database.reading() as session:
            self._relay.pump(session)

"""Who may follow the streams of which kind, and what may be said on their sockets."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import live
from kernel.house import House
from kernel.permissions import Actor, Guarded, PermissionTable, Pseudonym, Right, UnguardedError
from kernel.pure.errors import Refused
from kernel.sockets.rooms import Follower


def everybody(_session: Session, _actor: Actor, _ref: UUID) -> bool:
    """Streams that are nobody's in particular."""
    return True


def nobody(_session: Session, _pseudonym: Pseudonym, _ref: UUID) -> bool:
    """Streams without seats."""
    return False


@dataclass(frozen=True, slots=True)
class Stream:
    """Who may follow streams of one kind: a right, and whose streams of that kind they are.

    `admits` is asked with the actor and what the stream is about (its `ref`), at the join and again
    before every event: who has lost a stream is sent nothing more of it. `seats` says whether the
    holder of a ticket has a seat there: no pass is given before the list has named it.
    """

    right: Right
    admits: Callable[[Session, Actor, UUID], bool] = everybody
    seats: Callable[[Session, Pseudonym, UUID], bool] = nobody


@dataclass(frozen=True, slots=True)
class Said:
    """What a follower said: its transaction, who said it where, the legal time, the message.

    `enter(group)` has the socket hear what is told to that group of its stream, until it leaves.
    """

    session: Session
    follower: Follower
    now: datetime
    house: House
    message: Mapping[str, Any]
    enter: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something followers of streams of one kind may say; `handle` gives the answer.

    It runs in one transaction, committed when it returns; a Refused is answered by its code.
    """

    name: str
    kind: str
    right: Right
    handle: Callable[[Said], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Admission:
    """A stream somebody may follow; `is_losable` when that must be asked anew at each event."""

    kind: str
    ref: UUID
    is_losable: bool


class LiveDoors:
    """Who may follow the streams of which kind, and say what there."""

    def __init__(
        self,
        streams: Mapping[str, Stream],
        table: PermissionTable,
        events: Iterable[Event] = (),
    ) -> None:
        self._streams = streams
        self._table = table
        self.events = {(event.kind, event.name): event for event in events}
        for kind, stream in streams.items():
            table.guard(Guarded("socket", f"join {kind}", stream.right))
        for event in self.events.values():
            table.guard(Guarded("socket", f"{event.name} {event.kind}", event.right))

    def check(self, session: Session, actor: Actor, live_id: UUID) -> Admission:
        """Let `actor` follow the stream.

        Raises:
            Refused: WEB-1001 no such stream; WEB-1101 nobody is logged in; WEB-1102 not this one.
            UnguardedError: no right was named for streams of that kind.
        """
        about, stream = self._find(session, live_id)
        self._table.require(actor, stream.right)
        if not stream.admits(session, actor, about.ref):
            raise Refused("WEB-1102")
        return Admission(about.kind, about.ref, stream.admits is not everybody)

    def check_seat(self, session: Session, pseudonym: Pseudonym, live_id: UUID) -> None:
        """Raise Refused WEB-1001, or WEB-1104 for who has no seat there (yet)."""
        about, stream = self._find(session, live_id)
        if not stream.seats(session, pseudonym, about.ref):
            raise Refused("WEB-1104")

    def event(self, follower: Follower, name: str) -> Event:
        """What is said, when the follower may; raises Refused WEB-1001, WEB-1101 or WEB-1102."""
        event = self.events.get((follower.kind, name))
        if event is None:
            raise Refused("WEB-1001")
        self._table.require(follower.actor, event.right)
        return event

    def _find(self, session: Session, live_id: UUID) -> tuple[live.About, Stream]:
        about = live.about(session, live_id)
        if about is None:
            raise Refused("WEB-1001")
        stream = self._streams.get(about.kind)
        if stream is None:
            raise UnguardedError(f"live stream {about.kind} names no permission")
        return about, stream

"""Live sessions: numbered event streams in the database. A socket only delivers them.

Numbers are taken under the session's row lock, so their order is the order of commits. Beside the
stream something may be told to its followers in passing: not kept, not numbered, never missed.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    UniqueConstraint,
    Uuid,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base
from kernel.ids import new_id
from kernel.pure.errors import Refused

GREW, TOLD = "live", "told"
"""The channels of NOTIFY: a stream has a new number; something is told in passing."""
MOST_TOLD = 64 << 10
NOTICE = 7_000  # NOTIFY carries less than 8,000 bytes


class LiveSession(Base):
    """A stream about one thing (`ref`) of one kind."""

    __tablename__ = "live_session"
    __table_args__ = (UniqueConstraint("kind", "ref"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    ref: Mapped[UUID]
    last_seq: Mapped[int] = mapped_column(default=0)


class LiveEvent(Base):
    """One numbered fact of a stream; never changed, never removed."""

    __tablename__ = "live_event"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(LiveSession.id), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    def frame(self) -> dict[str, Any]:
        """The event as clients receive it."""
        return {
            "seq": self.seq,
            "kind": self.kind,
            "payload": self.payload,
            "at": self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """What NOTIFY carries: which stream grew, and to which number."""

    session_id: UUID
    seq: int


def open_session(session: Session, *, kind: str, ref: UUID) -> UUID:
    """The stream of `kind` about `ref`, created at the first call."""
    found = session.scalar(
        select(LiveSession.id).where(LiveSession.kind == kind, LiveSession.ref == ref)
    )
    if found is not None:
        return found
    row = LiveSession(kind=kind, ref=ref)
    session.add(row)
    session.flush()
    return row.id


def append(session: Session, live_id: UUID, kind: str, payload: dict[str, Any]) -> int:
    """Append an event and return its number; listeners learn of it at the commit."""
    # One statement: a read-out of 500 bids appends 500 times within one commit.
    grew = (
        update(LiveSession)
        .where(LiveSession.id == live_id)
        .values(last_seq=LiveSession.last_seq + 1)
        .returning(LiveSession.last_seq)
        .cte("grew")
    )
    event = select(
        literal(live_id, Uuid),
        grew.c.last_seq,
        literal(kind),
        literal(payload, JSONB),
        func.legal_now(),
    )
    kept = (
        insert(LiveEvent)
        .from_select(["session_id", "seq", "kind", "payload", "at"], event)
        .returning(LiveEvent.seq)
        .cte("kept")
    )
    notice = func.concat(str(live_id), ":", kept.c.seq)
    session.flush()
    row = session.execute(select(kept.c.seq, func.pg_notify(GREW, notice))).first()
    if row is None:
        raise LookupError(f"no live session {live_id}")
    return int(row[0])


def events_after(
    session: Session, live_id: UUID, after: int, *, most: int = 1000
) -> list[LiveEvent]:
    """Events numbered above `after`, in order, at most `most`."""
    return list(
        session.scalars(
            select(LiveEvent)
            .where(LiveEvent.session_id == live_id, LiveEvent.seq > after)
            .order_by(LiveEvent.seq)
            .limit(most)
        )
    )


@dataclass(frozen=True, slots=True)
class About:
    """What a stream is about."""

    kind: str
    ref: UUID


def about(session: Session, live_id: UUID) -> About | None:
    """What a stream is about, None when there is no such stream."""
    found = session.get(LiveSession, live_id)
    return About(found.kind, found.ref) if found else None


def parse_notice(payload: str) -> Notice:
    """Read what NOTIFY carried."""
    session_id, _, seq = payload.partition(":")
    return Notice(UUID(session_id), int(seq))


@dataclass(frozen=True, slots=True)
class Told:
    """Something told in passing: to all followers of a stream, or to one group of them."""

    live_id: UUID
    name: str
    payload: dict[str, Any]
    group: str = ""


def tell(
    session: Session, live_id: UUID, name: str, payload: dict[str, Any], *, group: str = ""
) -> None:
    """Tell a stream's followers on every web process something in passing, at the commit.

    Raises Refused WEB-1003 above 64 KiB.
    """
    told = {"live": str(live_id), "name": name, "payload": payload, "group": group}
    text = json.dumps(told, separators=(",", ":"))
    if len(text) > MOST_TOLD:
        raise Refused("WEB-1003", limit="64 KiB")
    pieces = [text[at : at + NOTICE] for at in range(0, len(text), NOTICE)]
    key = new_id().hex
    for index, piece in enumerate(pieces):
        notice = f"{key}:{index}:{len(pieces)}:{piece}"
        session.execute(select(func.pg_notify(TOLD, notice)))


class Hearing:
    """Puts together what was told in several notices; those of one commit come in a row."""

    def __init__(self) -> None:
        self._key = ""
        self._pieces: list[str] = []

    def take(self, notice: str) -> Told | None:
        """The whole once its last piece is here; a piece without its first ones is dropped."""
        key, index, total, piece = notice.split(":", 3)
        if index == "0":
            self._key, self._pieces = key, []
        if key != self._key or int(index) != len(self._pieces):
            return None
        self._pieces.append(piece)
        if len(self._pieces) < int(total):
            return None
        told = json.loads("".join(self._pieces))
        return Told(UUID(told["live"]), told["name"], told["payload"], told["group"])


Emit = Callable[[Session, UUID, list[dict[str, Any]]], None]
"""Pushes a stream's new frames; the session saw them committed."""


class Relay:
    """What one web process has already pushed; reads on from there at every notice."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._pushed: dict[UUID, int] = {}

    def follow(self, session: Session, live_id: UUID) -> None:
        """Begin pushing a stream from its present end, unless already followed."""
        if live_id not in self._pushed:
            last = session.scalar(select(LiveSession.last_seq).where(LiveSession.id == live_id))
            self._pushed.setdefault(live_id, last or 0)

    def forget(self, live_id: UUID) -> None:
        """Nobody here follows the stream any more."""
        self._pushed.pop(live_id, None)

    def pump(self, session: Session, grown: Collection[UUID] | None = None) -> None:
        """Push everything that followed streams have gained; `grown`: only these can have."""
        for live_id in self._gained(session, grown):
            pushed = self._pushed.get(live_id)
            if pushed is None:
                continue
            events = events_after(session, live_id, pushed)
            if events:
                self._pushed[live_id] = events[-1].seq
                self._emit(session, live_id, [event.frame() for event in events])

    def _gained(self, session: Session, grown: Collection[UUID] | None) -> list[UUID]:
        followed = [each for each in self._pushed if grown is None or each in grown]
        if grown is not None or not followed:
            return followed
        rows = session.execute(
            select(LiveSession.id, LiveSession.last_seq).where(LiveSession.id.in_(followed))
        )
        return [live_id for live_id, last in rows if last > self._pushed.get(live_id, last)]

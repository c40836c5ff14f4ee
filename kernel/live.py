"""Live sessions: numbered event streams in the database. A socket only delivers them.

Numbers are taken under the session's row lock, so their order is the order of commits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.clock import legal_now
from kernel.db import Base
from kernel.ids import new_id


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
    seq: int | None = session.scalar(
        update(LiveSession)
        .where(LiveSession.id == live_id)
        .values(last_seq=LiveSession.last_seq + 1)
        .returning(LiveSession.last_seq)
    )
    if seq is None:
        raise LookupError(f"no live session {live_id}")
    session.add(
        LiveEvent(
            session_id=live_id,
            seq=seq,
            kind=kind,
            payload=payload,
            at=legal_now(session),
        )
    )
    session.flush()
    session.execute(select(func.pg_notify("live", f"{live_id}:{seq}")))
    return seq


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

    def pump(self, session: Session) -> None:
        """Push everything that followed streams have gained."""
        for live_id, pushed in list(self._pushed.items()):
            events = events_after(session, live_id, pushed)
            if events:
                self._pushed[live_id] = events[-1].seq
                self._emit(session, live_id, [event.frame() for event in events])

"""Live sessions: numbered event streams in the database. A socket only delivers them.

Numbers are taken under the session's row lock, so their order is the order of commits. Beside the
stream something may be told to its followers in passing: not kept, not numbered, never missed.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, func, select, text
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
        return frame_of(self.seq, self.kind, self.payload, self.at)


def frame_of(seq: int, kind: str, payload: dict[str, Any], at: datetime) -> dict[str, Any]:
    """An event as clients receive it, whether it was read or told; `at` in UTC."""
    return {"seq": seq, "kind": kind, "payload": payload, "at": at.isoformat()}


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


# One statement: a read-out of 500 bids appends 500 times within one commit. The notice brings its
# listeners the event itself, as `json` writes what was kept, unless it is too long for a notice.
_APPEND = text("""
    WITH grew AS (
        UPDATE live_session SET last_seq = last_seq + 1 WHERE id = :live_id RETURNING id, last_seq
    ), kept AS (
        INSERT INTO live_event (session_id, seq, kind, payload, at)
        SELECT id, last_seq, :kind, :payload, legal_now() FROM grew RETURNING *
    ), told AS (
        SELECT session_id, seq,
            json_build_array(session_id, seq, kind, payload, at)::text AS whole FROM kept
    )
    SELECT seq, pg_notify(:channel, CASE WHEN octet_length(whole) <= :most THEN whole
        ELSE json_build_array(session_id, seq)::text END) FROM told
""").bindparams(bindparam("payload", type_=JSONB), channel=GREW, most=NOTICE)


def append(session: Session, live_id: UUID, kind: str, payload: dict[str, Any]) -> int:
    """Append an event and return its number; listeners learn of it at the commit."""
    session.flush()
    told = {"live_id": live_id, "kind": kind, "payload": payload}
    row = session.execute(_APPEND, told).first()
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
    whole = json.dumps(told, separators=(",", ":"))
    if len(whole) > MOST_TOLD:
        raise Refused("WEB-1003", limit="64 KiB")
    pieces = [whole[at : at + NOTICE] for at in range(0, len(whole), NOTICE)]
    key = new_id().hex
    for index, piece in enumerate(pieces):
        notice = f"{key}:{index}:{len(pieces)}:{piece}"
        session.execute(select(func.pg_notify(TOLD, notice)))

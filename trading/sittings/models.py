"""Which lots are opened together, who presides, and what was said; no row tells of a bidder's bid.

A line of the chat exists only after the list, when seats and their organisations are public.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from trading.sittings.rules import Office, Speaking


class SittingRow(Base):
    """开标场次: lots of one project opened at one time, under one host.

    `host` and `deputy` are people as they were named: {person, name, organisation}. `muted` says
    why nobody but host and supervisor may speak for now.
    """

    __tablename__ = "sitting"
    __table_args__ = (CheckConstraint("said >= 0", name="said"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), index=True)
    live_id: Mapped[UUID] = mapped_column(ForeignKey("live_session.id"), unique=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    host: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    deputy: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    presiding: Mapped[Office] = enum_column(Office, default=Office.HOST)
    muted: Mapped[str | None]
    said: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime]


class SittingLotRow(Base):
    """A lot's place in its sitting; a lot has one."""

    __tablename__ = "sitting_lot"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)


class ChatLineRow(Base):
    """One line as it was said: the transcript. A removed line keeps its text, its remover, why.

    `speaker` says who, across lines, and `key` is the client's own name for the line.
    """

    __tablename__ = "chat_line"
    __table_args__ = (
        UniqueConstraint("sitting_id", "speaker", "key"),
        CheckConstraint("no >= 1", name="no"),
        CheckConstraint("(seat IS NULL) = (lot_id IS NULL)", name="seat"),
        CheckConstraint("(removed_at IS NULL) = (removed IS NULL)", name="removed"),
    )

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speaker: Mapped[str]
    key: Mapped[str]
    by_role: Mapped[Speaking] = enum_column(Speaking)
    name: Mapped[str]
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lot.id"))
    seat: Mapped[int | None]
    text: Mapped[str]
    at: Mapped[datetime]
    removed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    removed_at: Mapped[datetime | None]


class ChatSpeakerRow(Base):
    """How fast a speaker has spoken, and why it may not for now; the stream keeps both words.

    `left` lines could still be said at once when the last one came.
    """

    __tablename__ = "chat_speaker"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    speaker: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[float | None]
    at: Mapped[datetime | None]
    muted: Mapped[str | None]


class SittingAttendanceRow(Base):
    """An official who was there after the list, since when; for the record. Append-only."""

    __tablename__ = "sitting_attendance"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    organisation: Mapped[str]
    at: Mapped[datetime]


class HostSeenRow(Base):
    """When somebody who presided was last seen in the hall; wall time, after the list only."""

    __tablename__ = "host_seen"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime]


class PresenceRow(Base):
    """Who is here, as one web process last said; nobody's word counts past its lease.

    `label` is a role with its person, a seat of a lot, or the public; `n` sockets stand behind it.
    Written after the list only.
    """

    __tablename__ = "presence"
    __table_args__ = (CheckConstraint("n >= 1", name="n"),)

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    process: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    until: Mapped[datetime]

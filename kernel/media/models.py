"""Recordings, their parts, and the offers of viewers who wait for a direct line."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from kernel.media.rules import Kind, State


class RecordingRow(Base):
    """One picture from start to stop; of one thing (`about`) one at a time is running.

    `began_at` and `ended_at` are legal times, `began_wall` and `heard_wall` measure silence.
    `beginning` is the stream's own head, `entry_*` the newest place where a viewer may come in.
    """

    __tablename__ = "media_recording"
    __table_args__ = (
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("parts >= 0 AND held >= 0 AND until_ms >= 0", name="counts"),
        Index(
            "ix_media_recording_running",
            "about",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    about: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[Kind] = enum_column(Kind)
    mime: Mapped[str]
    role: Mapped[str]
    name: Mapped[str]
    organisation: Mapped[str]
    person_id: Mapped[UUID]
    began_at: Mapped[datetime]
    began_wall: Mapped[datetime]
    state: Mapped[State] = enum_column(State, default=State.RUNNING)
    parts: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    until_ms: Mapped[int] = mapped_column(default=0)
    tip: Mapped[bytes]
    beginning: Mapped[int] = mapped_column(default=0)
    entry_no: Mapped[int] = mapped_column(default=0)
    entry_at: Mapped[int] = mapped_column(default=0)
    heard_wall: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    leaf_id: Mapped[UUID | None]


class PartRow(Base):
    """One part as it was taken; `late_ms` is how long after its end it came. Append-only."""

    __tablename__ = "media_part"

    recording_id: Mapped[UUID] = mapped_column(ForeignKey(RecordingRow.id), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_ms: Mapped[int]
    until_ms: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[bytes]
    link: Mapped[bytes]
    entry_at: Mapped[int | None]
    late_ms: Mapped[int]
    at: Mapped[datetime]


class PeerRow(Base):
    """A viewer's offer of a direct line; its random id is all that asks for the answer.

    Rows go when the viewer or the recording does: nothing of who watched is kept.
    """

    __tablename__ = "media_peer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recording_id: Mapped[UUID] = mapped_column(ForeignKey(RecordingRow.id), index=True)
    offer: Mapped[str]
    answer: Mapped[str | None]
    asked_wall: Mapped[datetime]

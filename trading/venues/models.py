"""Opening rooms, their loans, and every step of a loan; the database itself refuses two at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from trading.venues.rules import BookingState, SessionKind

_HOLDS = text("state IN ('requested', 'confirmed')")


class OpeningRoom(Base):
    """A room of a trading centre; `number` is what the exclusion constraint counts rooms by."""

    __tablename__ = "opening_room"
    __table_args__ = (
        UniqueConstraint("centre_id", "name"),
        UniqueConstraint("id", "number"),
        CheckConstraint("capacity > 0", name="capacity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    centre_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    place: Mapped[str]
    capacity: Mapped[int]
    equipment: Mapped[list[Any]]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class RoomBooking(Base):
    """A loan of a room as it stands; its way here is in its steps.

    Two loans of one room never meet: a range of one number and a range of time exclude each other,
    which a plain GiST index can do without an extension.
    """

    __tablename__ = "room_booking"
    __table_args__ = (
        ForeignKeyConstraint(
            ["room_id", "room_number"], ["opening_room.id", "opening_room.number"]
        ),
        CheckConstraint("starts_at < ends_at", name="order"),
        ExcludeConstraint(
            (text("int8range(room_number, room_number, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_room_booking_room_number",
            where=_HOLDS,
        ),
        Index("ix_room_booking_centre_id_starts_at", "centre_id", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    centre_id: Mapped[UUID]
    room_id: Mapped[UUID]
    room_number: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kind: Mapped[SessionKind] = enum_column(SessionKind)
    state: Mapped[BookingState] = enum_column(BookingState)
    reason: Mapped[str]
    asked_by: Mapped[UUID | None]
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime]


class RoomBookingLot(Base):
    """Which lots a loan is for: those opened together share it. A lot holds one room at most."""

    __tablename__ = "room_booking_lot"
    __table_args__ = (
        Index("ix_room_booking_lot_held", "lot_id", unique=True, postgresql_where=text("held")),
    )

    booking_id: Mapped[UUID] = mapped_column(ForeignKey(RoomBooking.id), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    held: Mapped[bool]


class RoomBookingStep(Base):
    """One step of a loan: what, by whom, why, and room and time from then on. Append-only."""

    __tablename__ = "room_booking_step"

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey(RoomBooking.id), index=True)
    act: Mapped[str]
    state: Mapped[BookingState] = enum_column(BookingState)
    by: Mapped[str]
    reason: Mapped[str]
    room_id: Mapped[UUID] = mapped_column(ForeignKey(OpeningRoom.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    at: Mapped[datetime]

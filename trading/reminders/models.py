"""What officials were reminded of, and each message that carries it out of the house."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from trading.reminders.rules import DeliveryState, Kind


class Way(StrEnum):
    """How a reminder leaves the house."""

    MAIL = "mail"
    SMS = "sms"


class InboxEntry(Base):
    """One reminder of one person; `key` makes the same occasion one entry, however often asked.

    `facts` are what the words are made of; after `until` it no longer counts as unread.
    """

    __tablename__ = "inbox_entry"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_inbox_entry_person_id_at", "person_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str]
    kind: Mapped[Kind] = enum_column(Kind, check="kind")
    facts: Mapped[dict[str, Any]]
    href: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[datetime]
    read_at: Mapped[datetime | None]


class ReminderDelivery(Base):
    """One message; its id is the stable key that receivers know it by. Wall times.

    The address is read from the person when it leaves, and kept nowhere else.
    """

    __tablename__ = "reminder_delivery"
    __table_args__ = (
        UniqueConstraint("entry_id", "way"),
        Index(
            "ix_reminder_delivery_open",
            "retry_at",
            postgresql_where=text("state IN ('waiting', 'sending', 'unknown')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(InboxEntry.id))
    way: Mapped[Way] = enum_column(Way)
    state: Mapped[DeliveryState] = enum_column(DeliveryState)
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

"""Keys and links of banks, and the inbox of what they sent, sealed before it was stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from escrow.banks.rules import InboxState, LinkState, Origin
from escrow.ledger.models import Bank
from kernel.db import Base, enum_column
from kernel.ids import new_id


class BankKey(Base):
    """A public key by which a bank signs its pushes; several while it changes (legal times)."""

    __tablename__ = "bank_key"
    __table_args__ = (UniqueConstraint("bank_id", "key_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    key_id: Mapped[str]
    public_key: Mapped[bytes]
    valid_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class BankLink(Base):
    """The last link test of a bank; holds nothing that counts payments."""

    __tablename__ = "bank_link"

    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id), primary_key=True)
    state: Mapped[LinkState] = enum_column(LinkState)
    checked_at: Mapped[datetime]
    cause: Mapped[str | None]


class Inbox(Base):
    """A raw message, sealed to the worker. `covers_until` is set for reports we asked for."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("bank_id", "event_id"),
        Index("ix_inbox_waiting", "received_at", postgresql_where=text("state = 'received'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    event_id: Mapped[str]
    origin: Mapped[Origin] = enum_column(Origin)
    sealed: Mapped[bytes]
    covers_until: Mapped[datetime | None]
    received_at: Mapped[datetime]
    state: Mapped[InboxState] = enum_column(InboxState, default=InboxState.RECEIVED)
    cause: Mapped[str | None]


class InboxRepeat(Base):
    """Other bytes under a known id: compared by the worker, and kept when they contradict."""

    __tablename__ = "inbox_repeat"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "event_id"], [Inbox.bank_id, Inbox.event_id]),
        Index("ix_inbox_repeat_waiting", "id", postgresql_where=text("NOT contradicts")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID]
    event_id: Mapped[str]
    sealed: Mapped[bytes]
    contradicts: Mapped[bool] = mapped_column(server_default=false())

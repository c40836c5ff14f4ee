"""Who has looked at which bytes of a bank. Rows stay for ever; what was shown is erased soon."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from escrow.banks.models import Inbox
from escrow.explorer.rules import LookCause, LookState
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Look(Base):
    """One person's question for one message; `sealed` is for the key in that person's link alone.

    `sealed_from` is the first day whose sums were sealed when the question was asked.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        Index("ix_access_log_asked", "asked_at", postgresql_where=text("state = 'asked'")),
        Index("ix_access_log_message_id", "message_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey(Inbox.id))
    person_id: Mapped[UUID]
    person_name: Mapped[str]
    organisation: Mapped[str]
    asked_at: Mapped[datetime]
    sealed_from: Mapped[date | None] = mapped_column(Date())
    public_key: Mapped[bytes]
    state: Mapped[LookState] = enum_column(LookState, default=LookState.ASKED)
    cause: Mapped[LookCause | None] = enum_column(LookCause, nullable=True)
    answered_at: Mapped[datetime | None]
    sealed: Mapped[bytes | None]

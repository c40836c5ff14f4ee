"""Reads of an official's inbox."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trading.reminders.models import InboxEntry


def unread(session: Session, person_id: UUID, now: datetime) -> int:
    """How many entries wait to be read; what is over no longer does."""
    return (
        session.scalar(
            select(func.count())
            .select_from(InboxEntry)
            .where(
                InboxEntry.person_id == person_id,
                InboxEntry.read_at.is_(None),
                InboxEntry.until > now,
            )
        )
        or 0
    )


def newest(session: Session, person_id: UUID, *, most: int) -> Sequence[InboxEntry]:
    """The entries of a person, newest first."""
    return session.scalars(
        select(InboxEntry)
        .where(InboxEntry.person_id == person_id)
        .order_by(InboxEntry.at.desc(), InboxEntry.id.desc())
        .limit(most)
    ).all()

"""The two clocks. Both are asked of PostgreSQL, so that every process sees one time.

Legal time judges deadlines; wall time judges sessions and leases. They differ only in an
installation created as a demonstration, and the difference only grows.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Interval, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base
from kernel.pure.errors import Refused


class Installation(Base):
    """The one row that says what this installation is."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint('"only" = 1', name="only"),
        CheckConstraint("demo OR clock_offset = interval '0'", name="offset_in_demo"),
    )

    only: Mapped[int] = mapped_column(primary_key=True, default=1)
    id: Mapped[UUID]
    demo: Mapped[bool]
    log_origin: Mapped[str]
    clock_offset: Mapped[timedelta] = mapped_column(Interval())


def clock_timestamp(session: Session) -> datetime:
    """Wall time, aware UTC: sessions, tokens, leases, back-off."""
    return _moment(session.scalar(select(func.clock_timestamp())))


def legal_now(session: Session) -> datetime:
    """Legal time, aware UTC: deadlines, events, receipts, records."""
    return _moment(session.scalar(select(func.legal_now())))


def installation(session: Session) -> Installation:
    """The installation's row; raises if the database was never founded."""
    return session.scalars(select(Installation)).one()


def found(session: Session, *, demo: bool, offset: timedelta, id: UUID) -> Installation:
    """Create the installation; only a demonstration may begin at an offset."""
    kind = "demo" if demo else "production"
    row = Installation(id=id, demo=demo, log_origin=f"sunbid/{kind}/{id.hex}", clock_offset=offset)
    session.add(row)
    session.flush()
    return row


def shift(session: Session, by: timedelta) -> datetime:
    """Move legal time forward in a demonstration; returns the new legal time.

    Raises Refused WEB-1401 in production and WEB-1402 when `by` is not positive.
    """
    row = session.scalars(select(Installation).with_for_update()).one()
    if not row.demo:
        raise Refused("WEB-1401")
    if by <= timedelta(0):
        raise Refused("WEB-1402")
    row.clock_offset += by
    session.flush()
    session.execute(select(func.pg_notify("clock", "")))
    return legal_now(session)


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("the database gave no time")
    return value

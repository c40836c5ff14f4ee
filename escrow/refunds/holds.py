"""Holds: a deposit goes back or is forfeited, never both (条例35, 57, 74).

The caller holds the sub-account's row lock; a partial unique index keeps the database to it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.refunds.models import Hold
from escrow.refunds.rules import HoldPurpose, check_hold


def standing(session: Session, sub_account_id: UUID) -> HoldPurpose | None:
    """What the sub-account's money is kept for at present."""
    found = _row(session, sub_account_id)
    return found.purpose if found else None


def place(session: Session, sub_account_id: UUID, purpose: HoldPurpose, *, now: datetime) -> None:
    """Keep the money for `purpose`; the same again changes nothing. Refuses ESC-1304, ESC-1305."""
    before = standing(session, sub_account_id)
    check_hold(before, purpose)
    if before is None:
        session.add(Hold(sub_account_id=sub_account_id, purpose=purpose, placed_at=now))
        session.flush()


def lift(session: Session, sub_account_id: UUID, purpose: HoldPurpose, *, now: datetime) -> None:
    """End the hold for `purpose`, if it stands."""
    found = _row(session, sub_account_id)
    if found is not None and found.purpose is purpose:
        found.lifted_at = now
        session.flush()


def _row(session: Session, sub_account_id: UUID) -> Hold | None:
    return session.scalars(
        select(Hold).where(Hold.sub_account_id == sub_account_id, Hold.lifted_at.is_(None))
    ).first()

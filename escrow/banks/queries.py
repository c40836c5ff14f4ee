"""Reads of links, keys and the inbox."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escrow.banks.models import BankKey, BankLink, Inbox, InboxRepeat
from escrow.banks.rules import InboxState, LinkState
from escrow.bookings.models import BankEntry
from escrow.deposits.models import Feed
from escrow.ledger.models import Bank, MasterAccount


@dataclass(frozen=True, slots=True)
class LinkLine:
    """What the bank board may say before a list: the link, and how far the feed is complete."""

    name: str
    state: LinkState
    complete_until: datetime | None
    checked_at: datetime | None


def links(session: Session) -> tuple[LinkLine, ...]:
    """Every bank's link. `complete_until` is cut to the minute."""
    rows = session.execute(
        select(Bank.name, BankLink.state, Feed.complete_until, BankLink.checked_at)
        .outerjoin(BankLink, BankLink.bank_id == Bank.id)
        .outerjoin(Feed, Feed.bank_id == Bank.id)
        .order_by(Bank.code)
    )
    return tuple(
        LinkLine(
            name,
            state or LinkState.DOWN,
            _to_the_minute(until),
            checked,
        )
        for name, state, until, checked in rows
    )


def active_keys(session: Session, bank_id: UUID) -> tuple[bytes, ...]:
    """Public keys that a bank may sign with at present."""
    return tuple(
        session.scalars(
            select(BankKey.public_key).where(
                BankKey.bank_id == bank_id, BankKey.retired_at.is_(None)
            )
        )
    )


def master_of(session: Session, bank_id: UUID) -> MasterAccount:
    """The bank's master account."""
    return session.scalars(select(MasterAccount).where(MasterAccount.bank_id == bank_id)).one()


def known_references(
    session: Session, bank_id: UUID, references: tuple[str, ...]
) -> frozenset[str]:
    """Which of these bank references are booked here."""
    return frozenset(
        session.scalars(
            select(BankEntry.bank_ref).where(
                BankEntry.bank_id == bank_id, BankEntry.bank_ref.in_(references)
            )
        )
    )


def next_waiting(session: Session) -> Inbox | None:
    """The oldest unread message, locked."""
    return session.scalars(
        select(Inbox)
        .where(Inbox.state == InboxState.RECEIVED)
        .order_by(Inbox.received_at, Inbox.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def next_repeat(session: Session) -> InboxRepeat | None:
    """A repeated message that waits to be compared, locked."""
    return session.scalars(select(InboxRepeat).limit(1).with_for_update(skip_locked=True)).first()


def repeats_of(session: Session, inbox_id: UUID) -> int:
    """How many repeats of a message wait."""
    return int(
        session.scalar(select(func.count(InboxRepeat.id)).where(InboxRepeat.inbox_id == inbox_id))
        or 0
    )


def _to_the_minute(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(second=0, microsecond=0)

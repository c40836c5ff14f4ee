"""Reads of links, keys and the inbox."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from escrow.banks.models import BankKey, Inbox, InboxRepeat
from escrow.banks.rules import InboxState
from escrow.bookings.models import BankEntry, SealingKey
from escrow.ledger.models import Bank, MasterAccount


@dataclass(frozen=True, slots=True)
class Signer:
    """A bank as the listener knows it: the adapter that checks, the keys it may sign with."""

    bank_id: UUID
    code: str
    adapter: str
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A message set aside: which, whose, how, why, since when."""

    id: UUID
    bank: str
    state: InboxState
    cause: str | None
    received_at: datetime


def active_keys(session: Session, bank_id: UUID) -> tuple[bytes, ...]:
    """Public keys that a bank may sign with at present, the one it began with last first."""
    query = select(BankKey.public_key).where(BankKey.bank_id == bank_id, _holds())
    return tuple(session.scalars(query.order_by(BankKey.valid_from.desc(), BankKey.key_id)))


def signers(session: Session) -> tuple[Signer, ...]:
    """Every bank with the keys it may sign with; asks for nothing the listener may not read."""
    keys: defaultdict[UUID, list[bytes]] = defaultdict(list)
    held = select(BankKey.bank_id, BankKey.public_key).where(_holds())
    for bank_id, public_key in session.execute(held.order_by(BankKey.key_id)):
        keys[bank_id].append(public_key)
    banks = select(Bank.id, Bank.code, Bank.adapter).order_by(Bank.code)
    return tuple(
        Signer(bank_id, code, adapter, tuple(keys[bank_id]))
        for bank_id, code, adapter in session.execute(banks)
    )


def sealing_key(session: Session) -> bytes | None:
    """The public key to which new messages are sealed; None before the worker has made one."""
    return session.scalar(
        select(SealingKey.public_key).order_by(SealingKey.created_at.desc()).limit(1)
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


def next_waiting(session: Session, *, most: int) -> tuple[Inbox, ...]:
    """The oldest unread messages of the bank of the oldest one, locked.

    Not against references: the listener may keep a repeat of a message while it is being read.
    """
    waiting = select(Inbox).where(Inbox.state == InboxState.RECEIVED)
    in_order = waiting.order_by(Inbox.received_at, Inbox.id)
    oldest = in_order.with_for_update(skip_locked=True, key_share=True)
    first = session.scalars(oldest.limit(1)).first()
    if first is None:
        return ()
    return tuple(session.scalars(oldest.where(Inbox.bank_id == first.bank_id).limit(most)))


def is_kept(session: Session, bank_id: UUID, event_id: str) -> bool:
    """Whether a bank has sent something under an id."""
    query = select(Inbox.id).where(Inbox.bank_id == bank_id, Inbox.event_id == event_id)
    return session.scalar(query) is not None


def next_repeat(session: Session) -> InboxRepeat | None:
    """A message under a known id that waits to be compared, locked."""
    waiting = select(InboxRepeat).where(~InboxRepeat.contradicts).limit(1)
    return session.scalars(waiting.with_for_update(skip_locked=True)).first()


def message(session: Session, bank_id: UUID, event_id: str, *, lock: bool = False) -> Inbox:
    """The message that a bank sent first under an id."""
    query = select(Inbox).where(Inbox.bank_id == bank_id, Inbox.event_id == event_id)
    return session.scalars(query.with_for_update(key_share=True) if lock else query).one()


def alarms(session: Session) -> tuple[Alarm, ...]:
    """Messages set aside, newest first: with their cause, never their content."""
    rows = session.execute(
        select(Inbox.id, Bank.name, Inbox.state, Inbox.cause, Inbox.received_at)
        .join(Bank, Bank.id == Inbox.bank_id)
        .where(Inbox.state.in_((InboxState.ALARM, InboxState.QUARANTINED)))
        .order_by(Inbox.received_at.desc(), Inbox.id)
    )
    return tuple(Alarm(*row) for row in rows)


def _holds() -> ColumnElement[bool]:
    now = func.legal_now()
    return and_(
        BankKey.valid_from <= now, or_(BankKey.retired_at.is_(None), BankKey.retired_at > now)
    )

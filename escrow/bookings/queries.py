"""Reads of sub-accounts and of what was booked on them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escrow.bookings.models import BankEntry, SealingKey, SubAccount
from escrow.bookings.rules import EntryKind, SubAccountState
from escrow.bookings.seals import token_bytes, token_hash
from escrow.ledger.models import Bank


def bank_by_code(session: Session, code: str) -> Bank | None:
    """The bank of that code."""
    return session.scalars(select(Bank).where(Bank.code == code)).first()


def banks(session: Session) -> tuple[Bank, ...]:
    """Every bank, by code."""
    return tuple(session.scalars(select(Bank).order_by(Bank.code)))


def newest_sealing_key(session: Session) -> SealingKey | None:
    """The key to which new messages are sealed."""
    return session.scalars(
        select(SealingKey).order_by(SealingKey.created_at.desc()).limit(1)
    ).first()


def by_token(session: Session, token: str, *, lock: bool = False) -> SubAccount | None:
    """The sub-account that `token` was given for."""
    raw = token_bytes(token)
    if raw is None:
        return None
    query = select(SubAccount).where(SubAccount.token_hash == token_hash(raw))
    return session.scalars(query.with_for_update() if lock else query).first()


def by_number(session: Session, number: str, *, lock: bool = False) -> SubAccount | None:
    """The sub-account of that number; numbers are unique over all banks."""
    query = select(SubAccount).where(SubAccount.number == number)
    return session.scalars(query.with_for_update() if lock else query).first()


def hold(
    session: Session, bank_id: UUID, *, numbers: Iterable[str], originals: Iterable[str]
) -> None:
    """Lock the sub-accounts of these numbers and of the credits of these references, in order."""
    credited = select(BankEntry.sub_account_id).where(
        BankEntry.bank_id == bank_id, BankEntry.bank_ref.in_(tuple(originals))
    )
    session.execute(
        select(SubAccount.id)
        .where(SubAccount.number.in_(tuple(numbers)) | SubAccount.id.in_(credited))
        .order_by(SubAccount.id)
        .with_for_update()
    ).all()


def by_reference(session: Session, bank_id: UUID, bank_ref: str) -> BankEntry | None:
    """The entry the bank knows by that reference."""
    return session.scalars(
        select(BankEntry).where(BankEntry.bank_id == bank_id, BankEntry.bank_ref == bank_ref)
    ).first()


def credits_of(session: Session, sub_account_id: UUID) -> tuple[BankEntry, ...]:
    """Credits booked on a sub-account, in the order of their booking."""
    return tuple(
        session.scalars(
            select(BankEntry)
            .where(BankEntry.sub_account_id == sub_account_id, BankEntry.kind == EntryKind.CREDIT)
            .order_by(BankEntry.booked_at, BankEntry.bank_ref)
        )
    )


def reversed_fen(session: Session, credit: BankEntry) -> int:
    """What the bank has taken back of a credit, in fen."""
    found = session.scalar(
        select(func.sum(BankEntry.amount_fen)).where(
            BankEntry.bank_id == credit.bank_id,
            BankEntry.reverses == credit.bank_ref,
            BankEntry.kind == EntryKind.REVERSAL,
        )
    )
    return int(found or 0)


def pool_size(session: Session, bank_id: UUID) -> int:
    """Sub-accounts of a bank that nobody has claimed."""
    return int(
        session.scalar(
            select(func.count(SubAccount.id)).where(
                SubAccount.bank_id == bank_id, SubAccount.state == SubAccountState.POOL
            )
        )
        or 0
    )

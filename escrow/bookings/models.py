"""Sub-accounts and bank entries. No row names a lot, a holder or a payer in clear.

A sub-account knows its holder's token by hash and by a public key derived from it; the payer of
an entry is sealed twice: to the escrow worker, and to whoever holds the token.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escrow.bookings.rules import EntryKind, SubAccountState
from escrow.ledger.models import Bank, JournalRow
from kernel.db import Base, enum_column
from kernel.ids import new_id


class SealingKey(Base):
    """Public key (P-256, raw) to which raw bank messages and payers are sealed for the worker."""

    __tablename__ = "sealing_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    public_key: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class SubAccount(Base):
    """A number at a bank. `return_by` is the first day of a month, so that it dates no claim."""

    __tablename__ = "sub_account"
    __table_args__ = (
        CheckConstraint(
            "(state = 'pool') = (token_hash IS NULL) AND "
            "(state = 'pool') = (token_key IS NULL) AND (state = 'pool') = (return_by IS NULL)",
            name="claimed_by_token",
        ),
        Index("ix_sub_account_pool", "bank_id", postgresql_where=text("state = 'pool'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[SubAccountState] = enum_column(SubAccountState, default=SubAccountState.POOL)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    token_key: Mapped[bytes | None]
    return_by: Mapped[date | None] = mapped_column(Date())


class BankEntry(Base):
    """A line the bank booked, posted exactly once by its reference.

    `message_id` is the kept message that told of it first.
    """

    __tablename__ = "bank_entry"
    __table_args__ = (
        UniqueConstraint("bank_id", "bank_ref"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_bank_entry_sub_account_id", "sub_account_id"),
        Index("ix_bank_entry_reverses", "bank_id", "reverses"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    bank_ref: Mapped[str]
    sub_account_id: Mapped[UUID | None] = mapped_column(ForeignKey(SubAccount.id))
    kind: Mapped[EntryKind] = enum_column(EntryKind)
    amount_fen: Mapped[int]
    booked_at: Mapped[datetime]
    end_to_end: Mapped[str | None]
    reverses: Mapped[str | None]
    payer_for_worker: Mapped[bytes | None]
    payer_for_owner: Mapped[bytes | None]
    journal_id: Mapped[UUID] = mapped_column(ForeignKey(JournalRow.id), index=True)
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbox.id"))

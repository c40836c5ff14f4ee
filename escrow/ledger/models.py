"""Banks, the accounts kept with them, journals and entries. Written by the posting calls alone.

`journal` and `entry` are append-only; counters of `account` change only inside the posting call.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from escrow.ledger.rules import AccountKind, JournalKind, Side
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Bank(Base):
    """A bank that keeps deposits; `base_url` is where its adapter reaches it."""

    __tablename__ = "bank"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    adapter: Mapped[str]
    base_url: Mapped[str]


class MasterAccount(Base):
    """The real account at a bank under which its sub-accounts hang."""

    __tablename__ = "master_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id), unique=True)
    number: Mapped[str]
    name: Mapped[str]


class Account(Base):
    """A ledger account: four counters and a version that counts its entries."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("bank_id", "code"),
        CheckConstraint(
            "dr_pending >= 0 AND dr_posted >= 0 AND cr_pending >= 0 AND cr_posted >= 0",
            name="counters",
        ),
        CheckConstraint(
            "kind NOT IN ('deposit', 'interest_payable')"
            " OR cr_posted - dr_posted - dr_pending >= 0",
            name="deposit_not_negative",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    code: Mapped[str]
    kind: Mapped[AccountKind] = enum_column(AccountKind)
    dr_pending: Mapped[int] = mapped_column(default=0)
    dr_posted: Mapped[int] = mapped_column(default=0)
    cr_pending: Mapped[int] = mapped_column(default=0)
    cr_posted: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)


class JournalRow(Base):
    """A journal as posted. `ledger_day` (Asia/Shanghai) is what a day's seal will close over.

    At the commit it has exactly `legs` entries, and they sum to zero.
    """

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("id", "legs"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    body_hash: Mapped[bytes]
    kind: Mapped[JournalKind] = enum_column(JournalKind)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.legal_now())
    ledger_day: Mapped[date] = mapped_column(Date())
    legs: Mapped[int] = mapped_column(SmallInteger())


class Entry(Base):
    """One leg as posted: the account's version it made and the balance it left."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("account_id", "account_version"),
        CheckConstraint("amount_fen > 0", name="amount"),
        # A journal has room for the legs it told of and no other.
        CheckConstraint("leg BETWEEN 1 AND legs", name="leg"),
        ForeignKeyConstraint(
            ["journal_id", "legs"],
            ["journal.id", "journal.legs"],
            name="fk_entry_journal_id_journal",
        ),
    )

    journal_id: Mapped[UUID] = mapped_column(primary_key=True)
    leg: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    legs: Mapped[int] = mapped_column(SmallInteger())
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    account_version: Mapped[int]
    side: Mapped[Side] = enum_column(Side)
    amount_fen: Mapped[int]
    balance_after: Mapped[int]

"""Refund orders and holds. The key is what the bank knows the order by; it never changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from escrow.bookings.models import BankEntry, SubAccount
from escrow.ledger.models import Bank
from escrow.refunds.rules import HoldPurpose, RefundReason, RefundState
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Refund(Base):
    """One payment back to where one credit came from.

    `interest_fen` is paid on top of the principal when an award settles deposits, else 0.
    `from_suspense`: it pays again what came back. `to_name` and `to_account` name a forfeit's
    beneficiary; every other order goes back to its payer. `sent_at`, `first_sent_at`, `asked_at`
    and `called_at` (when a person was called to an order without an answer) are wall time.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("interest_fen >= 0", name="interest"),
        CheckConstraint(
            "(to_account IS NOT NULL) = (reason = 'forfeited')"
            " AND (to_account IS NULL) = (to_name IS NULL)",
            name="beneficiary",
        ),
        Index("ix_refund_credit_id", "credit_id"),
        Index(
            "ix_refund_waiting",
            "ordered_at",
            postgresql_where=text("state IN ('ordered', 'sent', 'unknown')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    credit_id: Mapped[UUID] = mapped_column(ForeignKey(BankEntry.id))
    amount_fen: Mapped[int]
    interest_fen: Mapped[int] = mapped_column(default=0)
    from_suspense: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[RefundReason] = enum_column(RefundReason)
    state: Mapped[RefundState] = enum_column(RefundState, default=RefundState.ORDERED)
    to_name: Mapped[str | None]
    to_account: Mapped[str | None]
    ordered_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    first_sent_at: Mapped[datetime | None]
    called_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    bank_word: Mapped[str | None]


class Hold(Base):
    """What a sub-account's deposit is kept for; one at a time. `lifted_at` is written once."""

    __tablename__ = "hold"
    __table_args__ = (
        Index(
            "uq_hold_standing",
            "sub_account_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sub_account_id: Mapped[UUID] = mapped_column(ForeignKey(SubAccount.id))
    purpose: Mapped[HoldPurpose] = enum_column(HoldPurpose)
    placed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

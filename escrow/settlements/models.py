"""Settlements: lines, approvals, and what two approvals have ordered. Everything is append-only.

Only `settlement.settled_at` is written later, once. A batch names the two approvals it rests on, so
that the database itself knows of no payment that two different people did not approve.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from escrow.bookings.models import BankEntry, SubAccount
from escrow.refunds.models import Refund
from escrow.refunds.rules import ReleaseReason
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Settlement(Base):
    """One per lot; `lot_ref` and `centre_ref` are the caller's, `title` is what approvers read."""

    __tablename__ = "settlement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_ref: Mapped[UUID] = mapped_column(unique=True)
    centre_ref: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    proposed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class SettlementLineRow(Base):
    """A bidder of the settlement, and the sub-account by which he was judged, if any."""

    __tablename__ = "settlement_line"
    __table_args__ = (UniqueConstraint("settlement_id", "bidder_ref"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    settlement_id: Mapped[UUID] = mapped_column(ForeignKey(Settlement.id))
    bidder_ref: Mapped[UUID]
    reason: Mapped[ReleaseReason] = enum_column(ReleaseReason)
    sub_account_id: Mapped[UUID | None] = mapped_column(ForeignKey(SubAccount.id))


class SettlementApproval(Base):
    """A person said yes to exactly one digest."""

    __tablename__ = "settlement_approval"
    __table_args__ = (UniqueConstraint("settlement_id", "digest", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    settlement_id: Mapped[UUID] = mapped_column(ForeignKey(Settlement.id))
    digest: Mapped[bytes]
    person_id: Mapped[UUID]
    person_name: Mapped[str]
    at: Mapped[datetime]


class SettlementBatch(Base):
    """A digest that two people approved; its payments were ordered in the same transaction."""

    __tablename__ = "settlement_batch"
    __table_args__ = (
        UniqueConstraint("settlement_id", "round"),
        UniqueConstraint("settlement_id", "digest"),
        CheckConstraint("first_person <> second_person", name="two_people"),
        *(
            ForeignKeyConstraint(
                ["settlement_id", "digest", person],
                [
                    "settlement_approval.settlement_id",
                    "settlement_approval.digest",
                    "settlement_approval.person_id",
                ],
                name=f"fk_settlement_batch_{person}",
            )
            for person in ("first_person", "second_person")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    settlement_id: Mapped[UUID] = mapped_column(ForeignKey(Settlement.id))
    round: Mapped[int]
    digest: Mapped[bytes]
    value_day: Mapped[date] = mapped_column(Date())
    first_person: Mapped[UUID]
    second_person: Mapped[UUID]
    approved_at: Mapped[datetime]


class SettlementPayment(Base):
    """One ordered payment; `working` keeps how its interest was reckoned."""

    __tablename__ = "settlement_payment"
    __table_args__ = (
        UniqueConstraint("batch_id", "credit_id"),
        Index("ix_settlement_payment_line_id", "line_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey(SettlementBatch.id))
    line_id: Mapped[UUID] = mapped_column(ForeignKey(SettlementLineRow.id))
    credit_id: Mapped[UUID] = mapped_column(ForeignKey(BankEntry.id))
    refund_id: Mapped[UUID] = mapped_column(ForeignKey(Refund.id), unique=True)
    to_name: Mapped[str]
    to_account: Mapped[str]
    working: Mapped[dict[str, Any]]

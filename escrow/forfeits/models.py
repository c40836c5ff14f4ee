"""Forfeits: the proposal, who approved which digest, what was ordered. Append-only but for its end.

An order names the two approvals it rests on, so that the database itself knows of no payment that
two different people did not approve.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from escrow.bookings.models import BankEntry, SubAccount
from escrow.forfeits.rules import ForfeitReason
from escrow.guarantees.models import Guarantee
from escrow.refunds.models import Refund
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Forfeit(Base):
    """One bidder's security in one lot; refs are the caller's, names and title what people read.

    Secured by a sub-account or by a guarantee, as it was judged. `ended_*`: it was not upheld;
    `paid_at`: the beneficiary has everything.
    """

    __tablename__ = "forfeit"
    __table_args__ = (
        CheckConstraint("(sub_account_id IS NULL) <> (guarantee_id IS NULL)", name="one_means"),
        CheckConstraint("octet_length(document) = 32", name="document"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_why IS NULL)",
            name="ended",
        ),
        CheckConstraint("ended_at IS NULL OR paid_at IS NULL", name="one_end"),
        Index(
            "uq_forfeit_standing",
            "lot_ref",
            "bidder_ref",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_ref: Mapped[UUID]
    bidder_ref: Mapped[UUID]
    centre_ref: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    bidder_name: Mapped[str]
    reason: Mapped[ForfeitReason] = enum_column(ForfeitReason)
    clause: Mapped[str]
    wording: Mapped[str]
    document: Mapped[bytes]
    to_name: Mapped[str]
    to_account: Mapped[str]
    to_bank: Mapped[str]
    sub_account_id: Mapped[UUID | None] = mapped_column(ForeignKey(SubAccount.id), index=True)
    guarantee_id: Mapped[UUID | None] = mapped_column(ForeignKey(Guarantee.id), index=True)
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    ended_by: Mapped[str | None]
    ended_why: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]


class ForfeitApproval(Base):
    """A person said yes to exactly one digest."""

    __tablename__ = "forfeit_approval"
    __table_args__ = (UniqueConstraint("forfeit_id", "digest", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    forfeit_id: Mapped[UUID] = mapped_column(ForeignKey(Forfeit.id))
    digest: Mapped[bytes]
    person_id: Mapped[UUID]
    person_name: Mapped[str]
    at: Mapped[datetime]


class ForfeitOrder(Base):
    """A digest that two people approved; what it pays was ordered in the same transaction."""

    __tablename__ = "forfeit_order"
    __table_args__ = (
        UniqueConstraint("forfeit_id", "round"),
        CheckConstraint("first_person <> second_person", name="two_people"),
        *(
            ForeignKeyConstraint(
                ["forfeit_id", "digest", person],
                [
                    "forfeit_approval.forfeit_id",
                    "forfeit_approval.digest",
                    "forfeit_approval.person_id",
                ],
                name=f"fk_forfeit_order_{person}",
            )
            for person in ("first_person", "second_person")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    forfeit_id: Mapped[UUID] = mapped_column(ForeignKey(Forfeit.id))
    round: Mapped[int]
    digest: Mapped[bytes]
    first_person: Mapped[UUID]
    second_person: Mapped[UUID]
    approved_at: Mapped[datetime]


class ForfeitPayment(Base):
    """One ordered payment out of a sub-account."""

    __tablename__ = "forfeit_payment"
    __table_args__ = (UniqueConstraint("order_id", "credit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey(ForfeitOrder.id))
    credit_id: Mapped[UUID] = mapped_column(ForeignKey(BankEntry.id))
    refund_id: Mapped[UUID] = mapped_column(ForeignKey(Refund.id), unique=True)

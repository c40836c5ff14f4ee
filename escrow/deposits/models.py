"""Official verdicts, one row per version, and how far each bank's feed is complete."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escrow.bookings.models import SubAccount
from escrow.deposits.rules import Finality, Outcome
from escrow.ledger.models import Bank
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Feed(Base):
    """Up to which booking time every entry of a bank is known here. It only moves forward."""

    __tablename__ = "feed"

    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id), primary_key=True)
    complete_until: Mapped[datetime]


class DepositVerdict(Base):
    """A judgement after the list; lot and bidder are opaque references of the caller.

    The payer is the bidder's filed basic account, to which the deposit goes back; it is kept only
    where a sub-account was judged.
    """

    __tablename__ = "deposit_verdict"
    __table_args__ = (UniqueConstraint("lot_ref", "bidder_ref", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_ref: Mapped[UUID]
    bidder_ref: Mapped[UUID]
    version: Mapped[int]
    sub_account_id: Mapped[UUID | None] = mapped_column(ForeignKey(SubAccount.id), index=True)
    outcome: Mapped[Outcome] = enum_column(Outcome)
    finality: Mapped[Finality] = enum_column(Finality)
    verdict: Mapped[dict[str, Any]]
    payer_name: Mapped[str | None]
    payer_account: Mapped[str | None]
    decided_at: Mapped[datetime]

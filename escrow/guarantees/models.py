"""Issuers on the list, and the guarantees that opened bids brought. No row before a lot's list.

A guarantee's life is in `guarantee_step`, append-only; the row holds where it stands.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from escrow.deposits.rules import Outcome
from escrow.guarantees.rules import GuaranteeState, Word
from kernel.db import Base, enum_column
from kernel.ids import new_id


class Issuer(Base):
    """Who may guarantee here; `sealing_key` (P-256, raw) is what bidders seal their questions to.

    Its signing certificate stands on the register of certificates under its credit code.
    """

    __tablename__ = "guarantee_issuer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    credit_code: Mapped[str] = mapped_column(unique=True)
    adapter: Mapped[str]
    base_url: Mapped[str]
    sealing_key: Mapped[bytes]


class Guarantee(Base):
    """What one bidder of one lot brought, and what became of it; refs are the caller's.

    `document` is as it came; number, amount and days are null where it could not be read.
    `fault` is what paper alone shows wrong, `word` what the issuer last said, `released_at_issuer`
    whether he has heard of the release, `claim_key` what a claim is known by for ever.
    """

    __tablename__ = "guarantee"
    __table_args__ = (
        UniqueConstraint("lot_ref", "bidder_ref"),
        CheckConstraint("(state = 'refused') OR (issuer_id IS NOT NULL)", name="issuer"),
        CheckConstraint(
            "(state IN ('claimed', 'paid_out')) = (claim_key IS NOT NULL)", name="claim"
        ),
        Index(
            "uq_guarantee_number",
            "issuer_id",
            "number",
            unique=True,
            postgresql_where=text("state <> 'refused'"),
        ),
        Index(
            "ix_guarantee_waiting",
            "asked_at",
            postgresql_where=text("state IN ('received', 'claimed', 'released')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_ref: Mapped[UUID]
    bidder_ref: Mapped[UUID]
    centre_ref: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    bidder_name: Mapped[str]
    issuer_id: Mapped[UUID | None] = mapped_column(ForeignKey(Issuer.id))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB())
    digest: Mapped[bytes]
    number: Mapped[str | None]
    amount_fen: Mapped[int | None]
    required_fen: Mapped[int]
    valid_until: Mapped[date | None] = mapped_column(Date())
    fault: Mapped[Outcome | None] = enum_column(Outcome, check="fault")
    state: Mapped[GuaranteeState] = enum_column(GuaranteeState)
    word: Mapped[Word | None] = enum_column(Word)
    asked_at: Mapped[datetime | None]
    released_at_issuer: Mapped[datetime | None]
    claim: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    claim_key: Mapped[str | None] = mapped_column(unique=True)
    judged_at: Mapped[datetime]


class GuaranteeStep(Base):
    """One step of a guarantee's life, by whom and why."""

    __tablename__ = "guarantee_step"
    __table_args__ = (UniqueConstraint("guarantee_id", "no"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    guarantee_id: Mapped[UUID] = mapped_column(ForeignKey(Guarantee.id))
    no: Mapped[int]
    state: Mapped[GuaranteeState] = enum_column(GuaranteeState)
    at: Mapped[datetime]
    why: Mapped[str]

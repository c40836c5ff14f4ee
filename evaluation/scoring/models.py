"""Drafts, sealed sheets, what was returned and revealed, results, confirmations: all append-only.

No row tells a mark before the reveal: drafts are the author's ciphertext, sheets the room's.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.scoring.sheets import SheetStage
from kernel.db import Base, enum_column
from kernel.ids import new_id


class DraftKeyRow(Base):
    """The key of an expert's drafts in one room, wrapped by his browser to his own certificate."""

    __tablename__ = "evaluation_draft_key"

    room_id: Mapped[UUID] = mapped_column(primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    at: Mapped[datetime]


class DraftRow(Base):
    """One kept version of one draft; nothing is overwritten, so two tabs lose nothing."""

    __tablename__ = "evaluation_draft"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    room_id: Mapped[UUID] = mapped_column(primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[SheetStage] = enum_column(SheetStage, primary_key=True)
    bid: Mapped[bytes] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ciphertext: Mapped[bytes]
    at: Mapped[datetime]


class SheetRow(Base):
    """A submitted sheet. `attempt` counts up from 1; `public_key` is its author's.

    Loading `sealed` raises unless it is asked for by name: no page has any business with it.
    """

    __tablename__ = "evaluation_sheet"
    __table_args__ = (
        UniqueConstraint("room_id", "expert_id", "stage", "bid", "attempt"),
        CheckConstraint("seat >= 1 AND attempt >= 1", name="counts"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    room_id: Mapped[UUID] = mapped_column(index=True)
    expert_id: Mapped[UUID]
    seat: Mapped[int]
    stage: Mapped[SheetStage] = enum_column(SheetStage)
    bid: Mapped[bytes]
    attempt: Mapped[int]
    commitment: Mapped[bytes] = mapped_column(unique=True)
    sealed: Mapped[bytes] = mapped_column(deferred=True, deferred_raiseload=True)
    signature: Mapped[bytes]
    public_key: Mapped[bytes]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class SheetReturnRow(Base):
    """A sheet that may not count, by the name of its fault; its author submits another."""

    __tablename__ = "evaluation_sheet_return"

    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_sheet.id"), primary_key=True)
    code: Mapped[str]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class RevealedSheetRow(Base):
    """The canonical text of a sheet, written for all sheets of a stage in one transaction."""

    __tablename__ = "evaluation_revealed_sheet"

    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_sheet.id"), primary_key=True)
    text: Mapped[bytes]
    at: Mapped[datetime]


class RevealRow(Base):
    """One reveal of a stage: verdicts or results as canonical JSON.

    `members` maps seat to expert; a reveal made by another committee is history, not the result.
    """

    __tablename__ = "evaluation_reveal"
    __table_args__ = (
        UniqueConstraint("room_id", "stage", "turn"),
        CheckConstraint("turn >= 1", name="turn"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    room_id: Mapped[UUID]
    stage: Mapped[SheetStage] = enum_column(SheetStage)
    turn: Mapped[int]
    members: Mapped[dict[str, Any]]
    content: Mapped[bytes]
    digest: Mapped[bytes]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class ConfirmationRow(Base):
    """A member has checked prices and totals; `reasons` explain his totals that were flagged."""

    __tablename__ = "evaluation_price_confirmation"

    reveal_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_reveal.id"), primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    seat: Mapped[int]
    reasons: Mapped[dict[str, Any]]
    at: Mapped[datetime]

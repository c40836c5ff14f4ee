"""Statements and their lines, what they match, breaks, and the seals of closed days.

No row holds a payer: the bank's raw bytes lie sealed to the worker, lines tell what entries tell.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from escrow.bookings.models import BankEntry
from escrow.bookings.rules import Sign
from escrow.ledger.models import Bank
from escrow.reconciliation.completeness import StatementState
from escrow.reconciliation.rules import BreakCode, Level
from kernel.db import Base, enum_column
from kernel.ids import new_id


class BreakState(StrEnum):
    """Found, explained by one person, agreed by another; or gone by itself."""

    OPEN = "open"
    PROPOSED = "proposed"
    RESOLVED = "resolved"
    HEALED = "healed"


class StatementRow(Base):
    """The statement of a day; replaced while quarantined, for ever once whole."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("bank_id", "day"),
        CheckConstraint(
            "state <> 'whole' OR (opening_fen IS NOT NULL AND closing_fen IS NOT NULL)",
            name="balances",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    day: Mapped[date] = mapped_column(Date())
    state: Mapped[StatementState] = enum_column(StatementState)
    faults: Mapped[str]
    sequence: Mapped[int | None]
    opening_fen: Mapped[int | None]
    closing_fen: Mapped[int | None]
    sealed: Mapped[bytes | None]
    fetched_at: Mapped[datetime]
    reconciled_at: Mapped[datetime | None]


class StatementLine(Base):
    """A line of a whole statement."""

    __tablename__ = "statement_line"
    __table_args__ = (UniqueConstraint("statement_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    statement_id: Mapped[UUID] = mapped_column(ForeignKey(StatementRow.id))
    position: Mapped[int]
    bank_ref: Mapped[str]
    sign: Mapped[Sign] = enum_column(Sign)
    amount_fen: Mapped[int]
    number: Mapped[str | None]
    end_to_end: Mapped[str | None]
    booked_at: Mapped[datetime]


class ReconMatch(Base):
    """A line and the entry that it is: each at most once."""

    __tablename__ = "recon_match"

    line_id: Mapped[UUID] = mapped_column(ForeignKey(StatementLine.id), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(BankEntry.id), unique=True)
    level: Mapped[Level] = enum_column(Level)


class ReconBreak(Base):
    """What people must explain; whoever explains it does not agree to it himself."""

    __tablename__ = "recon_break"
    __table_args__ = (
        UniqueConstraint(
            "bank_id", "day", "code", "line_id", "entry_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("line_id IS NOT NULL OR entry_id IS NOT NULL", name="concerns_something"),
        CheckConstraint("maker <> checker", name="two_people"),
        CheckConstraint(
            "(state NOT IN ('proposed', 'resolved') OR (maker IS NOT NULL AND words IS NOT NULL))"
            " AND (state <> 'resolved' OR checker IS NOT NULL)",
            name="resolution",
        ),
        Index(
            "ix_recon_break_open",
            "bank_id",
            "day",
            postgresql_where=text("state IN ('open', 'proposed')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    day: Mapped[date] = mapped_column(Date())
    code: Mapped[BreakCode] = enum_column(BreakCode)
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey(StatementLine.id))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey(BankEntry.id))
    state: Mapped[BreakState] = enum_column(BreakState, default=BreakState.OPEN)
    found_at: Mapped[datetime]
    owner: Mapped[UUID | None]
    owner_name: Mapped[str | None]
    words: Mapped[str | None]
    maker: Mapped[UUID | None]
    maker_name: Mapped[str | None]
    checker: Mapped[UUID | None]
    checker_name: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class DaySeal(Base):
    """A closed day of a bank: the root over its facts, chained to the day before, signed."""

    __tablename__ = "day_seal"
    __table_args__ = (
        UniqueConstraint("bank_id", "day"),
        UniqueConstraint("bank_id", "number"),
        CheckConstraint("(closed_at AT TIME ZONE 'Asia/Shanghai')::date > day", name="over"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey(Bank.id))
    day: Mapped[date] = mapped_column(Date())
    number: Mapped[int]
    previous_hash: Mapped[bytes]
    salt: Mapped[bytes]
    root: Mapped[bytes]
    hash: Mapped[bytes]
    signature: Mapped[bytes]
    leaf_id: Mapped[UUID]
    closed_by: Mapped[UUID]
    closed_name: Mapped[str]
    closed_at: Mapped[datetime]

"""Rows of a report: the frozen facts, one answer a seat, the sealed files. Append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.reports.rules import Answer
from kernel.db import Base, enum_column


class ReportRow(Base):
    """The frozen facts (canonical, without names) and, `hidden`, the names that they commit to.

    `draft_key` names the encrypted blob of the PDF that members read before they sign.
    """

    __tablename__ = "evaluation_report"

    room_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_ref: Mapped[UUID] = mapped_column(unique=True)
    facts: Mapped[bytes]
    facts_hash: Mapped[bytes] = mapped_column(unique=True)
    hidden: Mapped[bytes]
    leaf_id: Mapped[UUID]
    draft_key: Mapped[str]
    frozen_at: Mapped[datetime]


class AnswerRow(Base):
    """A member's signature over the facts' hash, or the record that it was refused."""

    __tablename__ = "evaluation_report_answer"
    __table_args__ = (
        CheckConstraint("(answer = 'deemed') = (signature IS NULL)", name="signature"),
        CheckConstraint("(answer = 'dissent') = (opinion IS NOT NULL)", name="opinion"),
        CheckConstraint("(answer = 'deemed') = (recorded_by IS NOT NULL)", name="recorded"),
        CheckConstraint("(answer = 'deemed') = (reason IS NOT NULL)", name="reason"),
    )

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_report.room_id"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answer: Mapped[Answer] = enum_column(Answer)
    opinion: Mapped[str | None]
    signature: Mapped[bytes | None]
    certificate_tail: Mapped[str | None]
    recorded_by: Mapped[str | None]
    reason: Mapped[str | None]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class IssueRow(Base):
    """The sealed PDF, whole and as the public sees it (seats for names), as encrypted blobs."""

    __tablename__ = "evaluation_report_issue"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_report.room_id"), primary_key=True)
    pdf_hash: Mapped[bytes] = mapped_column(unique=True)
    blob_key: Mapped[str]
    pages: Mapped[int]
    public_pdf_hash: Mapped[bytes] = mapped_column(unique=True)
    public_blob_key: Mapped[str]
    leaf_id: Mapped[UUID]
    issued_at: Mapped[datetime]


class PublicationRow(Base):
    """Since when anyone may read the public form."""

    __tablename__ = "evaluation_report_publication"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_report.room_id"), primary_key=True)
    published_at: Mapped[datetime]

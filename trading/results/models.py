"""The report as received, notices, objections and answers, award, contract, archive.

Every table is append-only: what was published or answered stays as it was.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from trading.results.rules import Cause, NoticeKind


class OutcomeRow(Base):
    """A signed report as it came up from evaluation; a re-evaluation brings the next version."""

    __tablename__ = "result_report"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts_hash: Mapped[bytes]
    pdf_hash: Mapped[bytes]
    leaf_id: Mapped[UUID]
    ranking: Mapped[list[Any]]
    rejected: Mapped[list[Any]]
    signed_at: Mapped[datetime]
    received_at: Mapped[datetime]


class ResultNotice(Base):
    """A notice of the result: candidates, award, outcome for one bidder (`seat`), public result.

    `body` is what is told; candidates are signed by the agency, the rest carries the award's
    signature by the tenderee.
    """

    __tablename__ = "result_notice"
    __table_args__ = (
        UniqueConstraint("lot_id", "kind", "seat", "version", postgresql_nulls_not_distinct=True),
        CheckConstraint("(kind IN ('award', 'outcome')) = (seat IS NOT NULL)", name="seat"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[NoticeKind] = enum_column(NoticeKind)
    seat: Mapped[int | None]
    version: Mapped[int]
    title: Mapped[str]
    body: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(index=True)
    signature: Mapped[bytes]
    certificate: Mapped[bytes]
    signer: Mapped[str]
    leaf_id: Mapped[UUID]
    published_at: Mapped[datetime]


class ResultNoticePdf(Base):
    """A notice as sealed PDF, written by the worker once the log has numbered it."""

    __tablename__ = "result_notice_pdf"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("result_notice.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(unique=True)
    blob_key: Mapped[str]
    size: Mapped[int]
    made_at: Mapped[datetime]


class Objection(Base):
    """异议: a listed bidder's objection to the result, with at most one PDF."""

    __tablename__ = "result_objection"
    __table_args__ = (
        UniqueConstraint("lot_id", "number"),
        CheckConstraint("(file_key IS NULL) = (file_sha256 IS NULL)", name="file"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    number: Mapped[int]
    bidder_ref: Mapped[UUID]
    organisation: Mapped[str]
    text: Mapped[str]
    file_name: Mapped[str | None]
    file_key: Mapped[str | None]
    file_sha256: Mapped[bytes | None]
    file_size: Mapped[int | None]
    leaf_id: Mapped[UUID]
    raised_at: Mapped[datetime]


class ObjectionAnswer(Base):
    """The written answer to an objection."""

    __tablename__ = "result_objection_answer"

    objection_id: Mapped[UUID] = mapped_column(ForeignKey("result_objection.id"), primary_key=True)
    text: Mapped[str]
    by: Mapped[str]
    leaf_id: Mapped[UUID]
    answered_at: Mapped[datetime]


class Award(Base):
    """定标: who won, signed by the tenderee; the next version follows a winner that gave up."""

    __tablename__ = "award"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seat: Mapped[int]
    rank: Mapped[int]
    bidder_ref: Mapped[UUID]
    organisation: Mapped[str]
    price_fen: Mapped[int]
    body: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(unique=True)
    signature: Mapped[bytes]
    certificate: Mapped[bytes]
    signer: Mapped[str]
    leaf_id: Mapped[UUID]
    decided_at: Mapped[datetime]


class Renunciation(Base):
    """放弃中标: why a winner does not get the contract (条例55, 74), with the written ground."""

    __tablename__ = "result_renunciation"
    __table_args__ = (
        ForeignKeyConstraint(["lot_id", "version"], ["award.lot_id", "award.version"]),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
    )

    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seat: Mapped[int]
    rank: Mapped[int]
    organisation: Mapped[str]
    cause: Mapped[Cause] = enum_column(Cause)
    text: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[bytes]
    blob_key: Mapped[str]
    size: Mapped[int]
    forfeit_ref: Mapped[UUID | None]
    by: Mapped[str]
    leaf_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Contract(Base):
    """The contract as recorded: number, amount, day, and the PDF by its hash."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_contract_sha256", "sha256"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    number: Mapped[str]
    amount_fen: Mapped[int]
    signed_on: Mapped[date]
    late_reason: Mapped[str | None]
    sha256: Mapped[bytes]
    blob_key: Mapped[str]
    size: Mapped[int]
    by: Mapped[str]
    leaf_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class LotArchive(Base):
    """归档: the list of every document of the lot with its hash, canonical JSON, logged."""

    __tablename__ = "lot_archive"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    manifest: Mapped[bytes]
    digest: Mapped[bytes] = mapped_column(unique=True)
    by: Mapped[str]
    leaf_id: Mapped[UUID]
    archived_at: Mapped[datetime]

"""Projects, lots, their trustees and panels, documents, notices and the line of stages they went.

Notices and stage changes are append-only: what the public was told stays as it was told.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import Base, enum_column
from kernel.ids import new_id
from kernel.pure.policy import HolderLock
from kernel.pure.rule_sets import Regime
from trading.tenders.rules import LotKind, LotStage, Method, TrusteeRole


class Project(Base):
    """What a tenderee wants done; an agency trades it in lots."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    centre_id: Mapped[UUID] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    regime: Mapped[Regime] = enum_column(Regime)
    region_code: Mapped[str]
    region_name: Mapped[str]
    sector: Mapped[str]
    funding: Mapped[str]
    supervisor_name: Mapped[str]
    tenderee_id: Mapped[UUID] = mapped_column(index=True)
    tenderee_name: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(index=True)
    agency_name: Mapped[str]
    created_at: Mapped[datetime]


class Lot(Base):
    """标段: everything hangs on it. Its row is the lock that bids and the deadline share."""

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("project_id", "ordinal"),
        Index("ix_lot_stage_deadline", "stage", "deadline"),
        CheckConstraint("estimate_fen > 0", name="estimate"),
        CheckConstraint("ceiling_fen IS NULL OR ceiling_fen > 0", name="ceiling"),
        CheckConstraint("deposit_fen >= 0", name="deposit"),
        CheckConstraint("documents_from < deadline", name="order"),
        CheckConstraint("documents_from < documents_until", name="offer"),
        CheckConstraint("floor >= 1 AND round >= 1 AND notice_version >= 0", name="counts"),
        CheckConstraint("rescue_threshold >= 0", name="rescue_threshold"),
        CheckConstraint("(notice_version = 0) = (policy_digest IS NULL)", name="policy"),
        CheckConstraint(
            "(held_from IS NULL) = (stage NOT IN ('suspended', 'objection_suspended'))",
            name="held",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    centre_id: Mapped[UUID] = mapped_column(index=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    ordinal: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[LotKind] = enum_column(LotKind)
    stage: Mapped[LotStage] = enum_column(LotStage)
    held_from: Mapped[LotStage | None] = enum_column(LotStage, check="held_from")
    round: Mapped[int] = mapped_column(default=1)
    method: Mapped[Method] = enum_column(Method)
    rule_set: Mapped[str]
    holder_lock: Mapped[HolderLock] = enum_column(HolderLock)
    floor: Mapped[int]
    remaining_floor: Mapped[int]
    threshold: Mapped[int] = mapped_column(default=0)
    # 0 is no panel.
    rescue_threshold: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    scope: Mapped[str]
    qualification: Mapped[str]
    evaluation: Mapped[str]
    evaluation_plan: Mapped[dict[str, Any]]
    contact: Mapped[str]
    estimate_fen: Mapped[int]
    ceiling_fen: Mapped[int | None]
    deposit_fen: Mapped[int]
    validity_days: Mapped[int]
    documents_from: Mapped[datetime]
    documents_until: Mapped[datetime]
    deadline: Mapped[datetime] = mapped_column(index=True)
    emergency_reason: Mapped[str | None]
    sign_in_minutes: Mapped[int]
    decryption_minutes: Mapped[int]
    confirmation_minutes: Mapped[int]
    notice_version: Mapped[int] = mapped_column(default=0)
    resubmit_from_version: Mapped[int] = mapped_column(default=0)
    policy_digest: Mapped[bytes | None]
    created_at: Mapped[datetime]

    project: Mapped[Project] = relationship()


class Trustee(Base):
    """A person's key for the committee lock; the private half is a file of the person's own."""

    __tablename__ = "trustee"
    __table_args__ = (CheckConstraint("octet_length(public_key) = 65", name="public_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(index=True)
    organisation_id: Mapped[UUID]
    role: Mapped[TrusteeRole] = enum_column(TrusteeRole)
    name: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(unique=True)
    registered_at: Mapped[datetime]


class LotTrustee(Base):
    """A seat: who holds share `index` (1…n) of a lot."""

    __tablename__ = "lot_trustee"
    __table_args__ = (
        UniqueConstraint("lot_id", "trustee_id"),
        CheckConstraint('"index" >= 1', name="index"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    trustee_id: Mapped[UUID] = mapped_column(ForeignKey("trustee.id"))


class LotRescuer(Base):
    """A seat of the rescue panel: who holds share `index` (1…r) of a consenting bidder's secret."""

    __tablename__ = "lot_rescuer"
    __table_args__ = (
        UniqueConstraint("lot_id", "trustee_id"),
        CheckConstraint('"index" >= 1', name="index"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    trustee_id: Mapped[UUID] = mapped_column(ForeignKey("trustee.id"))


class Document(Base):
    """A tender document, public from the notice on; the newest version of a name is in force."""

    __tablename__ = "tender_document"
    __table_args__ = (
        UniqueConstraint("lot_id", "name", "version"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        CheckConstraint("size > 0", name="size"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    name: Mapped[str]
    version: Mapped[int]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(index=True)
    blob_key: Mapped[str]
    added_at: Mapped[datetime]
    withdrawn: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class Notice(Base):
    """What was published: text, policy, the agency's signature and the log's leaf."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("lot_id", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    version: Mapped[int]
    title: Mapped[str]
    deadline: Mapped[datetime]
    body: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]]
    policy_digest: Mapped[bytes]
    digest: Mapped[bytes] = mapped_column(index=True)
    signature: Mapped[bytes]
    certificate: Mapped[bytes]
    signer: Mapped[str]
    leaf_id: Mapped[UUID]
    published_at: Mapped[datetime]


class NoticePdf(Base):
    """The notice as a sealed PDF, written by the worker once the log has numbered it."""

    __tablename__ = "notice_pdf"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(unique=True)
    blob_key: Mapped[str]
    size: Mapped[int]
    made_at: Mapped[datetime]


class StageChange(Base):
    """One step of a lot's life, with who moved it and why."""

    __tablename__ = "stage_change"
    __table_args__ = (Index("ix_stage_change_lot_id_number", "lot_id", "number"),)

    # Several steps of one act share their moment; the number keeps their order.
    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    from_stage: Mapped[LotStage | None] = enum_column(LotStage, check="from_stage")
    to_stage: Mapped[LotStage] = enum_column(LotStage, check="to_stage")
    by: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime]

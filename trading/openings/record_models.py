"""Objections with their files, records with their signatures, the platform's sign of life."""

from datetime import datetime
from typing import Any
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

from kernel.db import Base, enum_column
from kernel.ids import new_id
from trading.openings.states import Party, Stage


class ObjectionRow(Base):
    """One objection of the session and its answer, by number.

    `statement` is what the bidder's pseudonym signed; `attachments` and `reply_attachments` name
    files of `opening_attachment`.
    """

    __tablename__ = "opening_objection"
    __table_args__ = (
        UniqueConstraint("lot_id", "statement_hash"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sitting: Mapped[int]
    seat: Mapped[int]
    stage: Mapped[Stage] = enum_column(Stage, check="objection_stage")
    words: Mapped[str]
    attachments: Mapped[list[Any]]
    statement: Mapped[bytes]
    statement_hash: Mapped[bytes]
    signature: Mapped[bytes]
    at: Mapped[datetime]
    reply: Mapped[str | None]
    reply_attachments: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    replied_by: Mapped[str | None]
    replied_at: Mapped[datetime | None]


class AttachmentRow(Base):
    """A file for an objection or its answer; public once `public`, with the words it belongs to.

    `seat` is the bidder that sent it, none for the host. The bytes are a blob under their hash.
    """

    __tablename__ = "opening_attachment"
    __table_args__ = (Index("ix_opening_attachment_lot_id_sha256", "lot_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"))
    seat: Mapped[int | None]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[bytes]
    public: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    at: Mapped[datetime]


class BeatRow(Base):
    """The platform's last sign of life, wall time: a longer silence was an outage."""

    __tablename__ = "opening_beat"
    __table_args__ = (CheckConstraint('"only" = 1', name="only"),)

    only: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class SupplementRow(Base):
    """What a reconvened session adds to the record: canonical JSON that names the former's hash."""

    __tablename__ = "opening_supplement"
    __table_args__ = (CheckConstraint("no >= 2", name="no"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[bytes]
    facts_hash: Mapped[bytes] = mapped_column(unique=True)
    facts_leaf: Mapped[UUID]
    closed_at: Mapped[datetime]


class RecordRow(Base):
    """The sealed PDF of a record: hashes, log leaf and blob. Append-only.

    `no` 1 is the opening's own, later ones are supplements of reconvened sessions. Host and bidders
    may sign it until `sign_until`.
    """

    __tablename__ = "opening_record"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("opening.lot_id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    sign_until: Mapped[datetime | None]
    facts_hash: Mapped[bytes] = mapped_column(unique=True)
    pdf_hash: Mapped[bytes] = mapped_column(unique=True)
    blob_key: Mapped[str]
    pages: Mapped[int]
    leaf_id: Mapped[UUID]
    issued_at: Mapped[datetime]


class SignedRecordRow(Base):
    """A later revision of a record's PDF: one more signature, by host or bidder. Append-only.

    Revision 1 is the sealed record itself. `role` host or bidder, `seat` a bidder's.
    """

    __tablename__ = "opening_record_signature"
    __table_args__ = (
        ForeignKeyConstraint(
            ["lot_id", "no"],
            ["opening_record.lot_id", "opening_record.no"],
            name="fk_opening_record_signature_record",
        ),
        Index(
            "uq_opening_record_signature_signer",
            "lot_id",
            "no",
            "role",
            "seat",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("revision >= 2", name="revision"),
        CheckConstraint("(role = 'bidder') = (seat IS NOT NULL)", name="seat"),
    )

    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[Party] = enum_column(Party, check="signer")
    seat: Mapped[int | None]
    name: Mapped[str]
    certificate_tail: Mapped[str]
    pdf_hash: Mapped[bytes] = mapped_column(unique=True)
    blob_key: Mapped[str]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class PreparedSignatureRow(Base):
    """A revision that waits for its signature: the bytes that are signed, and the PDF around them.

    One per signer and record; preparing again replaces it.
    """

    __tablename__ = "opening_record_prepared"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(index=True)
    no: Mapped[int]
    organisation_id: Mapped[UUID]
    revision: Mapped[int]
    pdf: Mapped[bytes]
    starts: Mapped[int]
    ends: Mapped[int]
    attributes: Mapped[bytes]
    chain: Mapped[list[Any]]
    at: Mapped[datetime]

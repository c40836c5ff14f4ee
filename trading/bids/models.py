"""Rows of bidding: the vault by organisation, everything else by lot and pseudonym, never both.

Before the list nothing here joins an organisation or an account to a lot (law of the house 8).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.ids import new_id
from kernel.pure.envelope import PartName

RECORD_BYTES = 4096


class Act(StrEnum):
    """What a pseudonym tried to do when it was refused."""

    SUBMIT = "submit"
    UPLOAD = "upload"
    WITHDRAW = "withdraw"


class WrapKind(StrEnum):
    """By what a vault's key is wrapped; the key before it by the key after it."""

    CERTIFICATE = "certificate"
    FORMER = "former"
    RECOVERY = "recovery"


class VaultRecord(Base):
    """4 KiB of ciphertext of one organisation: no time, no lot, never rewritten.

    `ordinal` is the order of acknowledgement: of two seeds for one lot the first counts everywhere.
    """

    __tablename__ = "vault_record"
    __table_args__ = (
        CheckConstraint(f"octet_length(ciphertext) = {RECORD_BYTES}", name="padded"),
        UniqueConstraint("organisation_id", "ordinal"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    ordinal: Mapped[int]
    ciphertext: Mapped[bytes]


class VaultKeyWrap(Base):
    """The vault's key of one generation, encrypted to one certificate or one recovery code."""

    __tablename__ = "vault_key_wrap"
    __table_args__ = (
        UniqueConstraint("organisation_id", "generation", "key_id"),
        CheckConstraint("generation > 0", name="counted"),
        CheckConstraint("(kind = 'former') = (key_id = 'former')", name="one_former"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID]
    generation: Mapped[int]
    kind: Mapped[WrapKind] = enum_column(WrapKind)
    key_id: Mapped[str]
    wrap: Mapped[bytes]


class Upload(Base):
    """One sealed part under way; `held` is how many bytes are safely on disk.

    `leaves` holds one 32-byte Merkle leaf per sealed chunk, `root` is ours, set when complete. A
    rehearsal's upload has no lot. `begun_at` is cut to the hour: it only tells what may be erased.
    """

    __tablename__ = "upload"
    __table_args__ = (
        Index("ix_upload_owner", "lot_id", "pseudonym"),
        Index("ix_upload_begun_at", "begun_at"),
        CheckConstraint("held >= 0 AND held <= size AND size > 0", name="within"),
        CheckConstraint("(root IS NULL) = (blob IS NULL)", name="finished_whole"),
        CheckConstraint("root IS NULL OR held = size", name="finished_full"),
        CheckConstraint("pseudonym ~ '^[0-9a-f]{64}$'", name="pseudonym"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lot.id"))
    pseudonym: Mapped[str]
    part: Mapped[PartName] = enum_column(PartName)
    begun_at: Mapped[datetime] = mapped_column(
        server_default=func.date_trunc("hour", func.legal_now())
    )
    size: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    leaves: Mapped[bytes] = mapped_column(default=b"")
    root: Mapped[bytes | None]
    blob: Mapped[str | None]


class Envelope(Base):
    """A bid as admitted: header, signature, commitment and its leaf. Never changed."""

    __tablename__ = "envelope"
    __table_args__ = (
        UniqueConstraint("lot_id", "pseudonym", "stage", "sequence"),
        CheckConstraint("sequence > 0 AND stage > 0", name="counted"),
        CheckConstraint("octet_length(commitment) = 32", name="commitment"),
        CheckConstraint("pseudonym ~ '^[0-9a-f]{64}$'", name="pseudonym"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    pseudonym: Mapped[str]
    stage: Mapped[int]
    sequence: Mapped[int]
    header: Mapped[bytes]
    signature: Mapped[bytes]
    commitment: Mapped[bytes] = mapped_column(unique=True)
    leaf_id: Mapped[UUID]
    admitted_at: Mapped[datetime]


class EnvelopePart(Base):
    """Which upload holds a part of an admitted envelope."""

    __tablename__ = "envelope_part"

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    part: Mapped[PartName] = enum_column(PartName, primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("upload.id"), unique=True)


class Withdrawal(Base):
    """A bidder's signed statement that an envelope is taken back (条例35)."""

    __tablename__ = "withdrawal"

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    pseudonym: Mapped[str]
    signature: Mapped[bytes]
    leaf_id: Mapped[UUID]
    withdrawn_at: Mapped[datetime]


class EnvelopeReturn(Base):
    """An envelope given back unopened: its ciphertext is erased (法28, 条例44)."""

    __tablename__ = "envelope_return"

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    returned_at: Mapped[datetime]


class RefusedAttempt(Base):
    """A refusal that its bidder can be held to, or can hold us to; once per subject and cause.

    `subject` is the envelope's commitment or the digest of the attempt; `facts` fill the text.
    """

    __tablename__ = "refused_attempt"
    __table_args__ = (
        UniqueConstraint("lot_id", "pseudonym", "subject", "code"),
        CheckConstraint("octet_length(subject) = 32", name="subject"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    pseudonym: Mapped[str]
    act: Mapped[Act] = enum_column(Act)
    subject: Mapped[bytes]
    code: Mapped[str]
    facts: Mapped[dict[str, Any]]
    leaf_id: Mapped[UUID]
    refused_at: Mapped[datetime]


APPEND_ONLY = (
    VaultRecord,
    VaultKeyWrap,
    Envelope,
    EnvelopePart,
    Withdrawal,
    EnvelopeReturn,
    RefusedAttempt,
)

"""Rooms, their bids, the draw, members, votes and readings. Names of members: experts' table only.

Content keys rest wrapped under the installation's key until the lot is archived.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.experts.rules import DrawParty
from evaluation.rooms.states import MemberState, Party, Stage
from kernel.db import Base, enum_column
from kernel.ids import new_id


class RoomRow(Base):
    """The projection of `states.Room` with what was handed over."""

    __tablename__ = "evaluation_room"
    __table_args__ = (
        CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="pause"),
        CheckConstraint("turn >= 1 AND round >= 1 AND ballot >= 1 AND epoch >= 1", name="counts"),
        CheckConstraint(
            "(stage IN ('closed', 'failed')) = (finished_at IS NOT NULL)", name="finished"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_ref: Mapped[UUID] = mapped_column(unique=True)
    tender_ref: Mapped[UUID]
    centre_ref: Mapped[UUID] = mapped_column(index=True)
    agency_ref: Mapped[UUID]
    tenderee_ref: Mapped[UUID]
    live_id: Mapped[UUID] = mapped_column(ForeignKey("live_session.id"), unique=True)
    title: Mapped[str]
    number: Mapped[str]
    plan: Mapped[dict[str, Any]]
    close_root: Mapped[bytes]
    ceiling_fen: Mapped[int | None]
    unopened: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    drawn: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    public_key: Mapped[bytes]
    stage: Mapped[Stage] = enum_column(Stage)
    stage_since: Mapped[datetime]
    turn: Mapped[int]
    round: Mapped[int]
    ballot: Mapped[int]
    epoch: Mapped[int]
    leader: Mapped[int | None]
    qualified: Mapped[int | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[Party | None] = enum_column(Party, check="paused_by")
    paused_reason: Mapped[str | None]
    convened_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    reading_closed_at: Mapped[datetime | None]


class RoomBidRow(Base):
    """A bid as handed over."""

    __tablename__ = "evaluation_room_bid"
    __table_args__ = (UniqueConstraint("room_id", "commitment"),)

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bidder_ref: Mapped[UUID]
    commitment: Mapped[bytes]
    organisation: Mapped[str]
    credit_code: Mapped[str]
    price_fen: Mapped[int]
    offer: Mapped[dict[str, Any]]
    related: Mapped[list[Any]]
    draw_part: Mapped[bytes | None]
    security: Mapped[dict[str, Any] | None]


class RoomPartRow(Base):
    """A sealed part of a bid; `cek` is wrapped and erased when reading ends."""

    __tablename__ = "evaluation_room_part"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    header: Mapped[bytes]
    blob_key: Mapped[str]
    cek: Mapped[bytes | None]


class DrawRow(Base):
    """One turn of the draw: the pool as frozen and logged before anybody committed."""

    __tablename__ = "evaluation_draw"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes]
    pool: Mapped[bytes]
    pool_digest: Mapped[bytes]
    pool_leaf: Mapped[UUID]
    reason: Mapped[str | None]
    silent: Mapped[list[Any]]
    frozen_at: Mapped[datetime]
    seed: Mapped[bytes | None]
    drawn: Mapped[list[Any] | None]
    drawn_at: Mapped[datetime | None]


class CommitmentRow(Base):
    """A party's H(nonce). Append-only; those of an abandoned turn stay."""

    __tablename__ = "evaluation_draw_commitment"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    party: Mapped[DrawParty] = enum_column(DrawParty, primary_key=True)
    commitment: Mapped[bytes]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class NonceRow(Base):
    """A party's nonce, revealed. Append-only."""

    __tablename__ = "evaluation_draw_nonce"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    party: Mapped[DrawParty] = enum_column(DrawParty, primary_key=True)
    nonce: Mapped[bytes]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


class MemberRow(Base):
    """A holder of a seat, present or past; `draw_turn` says by which draw."""

    __tablename__ = "evaluation_member"
    __table_args__ = (
        UniqueConstraint("room_id", "draw_turn", "seat", "turn"),
        Index(
            "uq_evaluation_member_sitting",
            "room_id",
            "seat",
            unique=True,
            postgresql_where=text("out_at IS NULL"),
        ),
        CheckConstraint("(certificate IS NULL) = (public_key IS NULL)", name="certificate"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"))
    draw_turn: Mapped[int]
    seat: Mapped[int]
    turn: Mapped[int]
    expert_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_expert.id"), index=True)
    expert: Mapped[str]
    state: Mapped[MemberState] = enum_column(MemberState)
    submitted: Mapped[int]
    challenge: Mapped[bytes]
    invited_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    certificate: Mapped[bytes | None]
    public_key: Mapped[bytes | None]
    check_in_signature: Mapped[bytes | None]
    checked_in_at: Mapped[datetime | None]
    pledge: Mapped[str | None]
    pledge_signature: Mapped[bytes | None]
    pledged_at: Mapped[datetime | None]
    out_at: Mapped[datetime | None]
    out_stage: Mapped[Stage | None] = enum_column(Stage, check="out_stage")
    out_epoch: Mapped[int | None]
    out_reason: Mapped[str | None]


class VoteRow(Base):
    """A vote for the leader; `ballot` counts every count or voiding. Append-only."""

    __tablename__ = "evaluation_vote"

    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), primary_key=True)
    ballot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round: Mapped[int]
    candidate: Mapped[int]
    at: Mapped[datetime]


class ReadingRow(Base):
    """A member asked for bytes of a bid; written before any leaves. Append-only."""

    __tablename__ = "evaluation_reading"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_room.id"), index=True)
    number: Mapped[int]
    part: Mapped[str]
    seat: Mapped[int]
    expert_id: Mapped[UUID]
    first: Mapped[int]
    last: Mapped[int]
    at: Mapped[datetime]

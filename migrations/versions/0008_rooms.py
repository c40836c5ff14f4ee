"""experts and rooms: the pool, the draw, members, votes, readings."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "evaluation_draw_commitment",
    "evaluation_draw_nonce",
    "evaluation_vote",
    "evaluation_reading",
)
STAGES = (
    "drawing",
    "inviting",
    "check_in",
    "election",
    "qualification",
    "technical",
    "price",
    "signing",
    "closed",
    "failed",
)
ROOM = "evaluation_room.id"


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=64)


def _room() -> "sa.Column[UUID]":
    return sa.Column("room_id", sa.Uuid(), sa.ForeignKey(ROOM), primary_key=True)


def upgrade() -> None:
    _create_pool()
    _create_room()
    _create_bids()
    _create_draw()
    _create_members()
    _create_votes()
    _create_readings()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _create_pool() -> None:
    op.create_table(
        "evaluation_site",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("kind", _enum("site_kind", ("home", "guest")), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
    )
    op.create_table(
        "evaluation_expert",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("person_id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("employer_code", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Uuid(), sa.ForeignKey("evaluation_site.id"), nullable=False),
        sa.Column("specialities", JSONB(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
    )
    op.create_index("ix_evaluation_expert_site_id", "evaluation_expert", ["site_id"])
    op.create_table(
        "evaluation_expert_past",
        sa.Column("expert_id", sa.Uuid(), sa.ForeignKey("evaluation_expert.id"), primary_key=True),
        sa.Column("employer_code", sa.Text(), primary_key=True),
        sa.Column("until", sa.Date(), nullable=False),
    )


def _create_room() -> None:
    op.create_table(
        "evaluation_room",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_ref", sa.Uuid(), nullable=False, unique=True),
        sa.Column("tender_ref", sa.Uuid(), nullable=False),
        sa.Column("centre_ref", sa.Uuid(), nullable=False),
        sa.Column("agency_ref", sa.Uuid(), nullable=False),
        sa.Column("tenderee_ref", sa.Uuid(), nullable=False),
        sa.Column(
            "live_id", sa.Uuid(), sa.ForeignKey("live_session.id"), nullable=False, unique=True
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("plan", JSONB(), nullable=False),
        sa.Column("close_root", sa.LargeBinary(), nullable=False),
        sa.Column("ceiling_fen", sa.BigInteger()),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("stage", _enum("stage", STAGES), nullable=False),
        sa.Column("stage_since", TIME, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("ballot", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("leader", sa.BigInteger()),
        sa.Column("qualified", sa.BigInteger()),
        sa.Column("paused_at", TIME),
        sa.Column(
            "paused_by", _enum("paused_by", ("agency", "centre", "supervisor", "expert", "system"))
        ),
        sa.Column("paused_reason", sa.Text()),
        sa.Column("convened_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("reading_closed_at", TIME),
        sa.CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="pause"),
        sa.CheckConstraint(
            "turn >= 1 AND round >= 1 AND ballot >= 1 AND epoch >= 1",
            name="counts",
        ),
        sa.CheckConstraint(
            "(stage IN ('closed', 'failed')) = (finished_at IS NOT NULL)",
            name="finished",
        ),
    )
    op.create_index("ix_evaluation_room_centre_ref", "evaluation_room", ["centre_ref"])


def _create_bids() -> None:
    op.create_table(
        "evaluation_room_bid",
        _room(),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("bidder_ref", sa.Uuid(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("offer", JSONB(), nullable=False),
        sa.Column("related", JSONB(), nullable=False),
        sa.Column("draw_part", sa.LargeBinary()),
        sa.UniqueConstraint("room_id", "commitment"),
    )
    op.create_table(
        "evaluation_room_part",
        _room(),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("cek", sa.LargeBinary()),
    )


def _party() -> sa.Column[str]:
    kinds = _enum("draw_party", ("agency", "centre", "supervisor"))
    return sa.Column("party", kinds, primary_key=True)


def _create_draw() -> None:
    op.create_table(
        "evaluation_draw",
        _room(),
        sa.Column("turn", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("pool", sa.LargeBinary(), nullable=False),
        sa.Column("pool_digest", sa.LargeBinary(), nullable=False),
        sa.Column("pool_leaf", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("silent", JSONB(), nullable=False),
        sa.Column("frozen_at", TIME, nullable=False),
        sa.Column("seed", sa.LargeBinary()),
        sa.Column("drawn", JSONB()),
        sa.Column("drawn_at", TIME),
    )
    for table, told in (
        ("evaluation_draw_commitment", "commitment"),
        ("evaluation_draw_nonce", "nonce"),
    ):
        op.create_table(
            table,
            _room(),
            sa.Column("turn", sa.BigInteger(), primary_key=True, autoincrement=False),
            _party(),
            sa.Column(told, sa.LargeBinary(), nullable=False),
            sa.Column("leaf_id", sa.Uuid(), nullable=False),
            sa.Column("at", TIME, nullable=False),
        )


def _create_members() -> None:
    op.create_table(
        "evaluation_member",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("room_id", sa.Uuid(), sa.ForeignKey(ROOM), nullable=False),
        sa.Column("draw_turn", sa.BigInteger(), nullable=False),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), sa.ForeignKey("evaluation_expert.id"), nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _enum(
                "member_state",
                (
                    "invited",
                    "accepted",
                    "checked_in",
                    "pledged",
                    "declined",
                    "recused",
                    "replaced",
                ),
            ),
            nullable=False,
        ),
        sa.Column("submitted", sa.BigInteger(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("invited_at", TIME, nullable=False),
        sa.Column("accepted_at", TIME),
        sa.Column("certificate", sa.LargeBinary()),
        sa.Column("public_key", sa.LargeBinary()),
        sa.Column("check_in_signature", sa.LargeBinary()),
        sa.Column("checked_in_at", TIME),
        sa.Column("pledge", sa.Text()),
        sa.Column("pledge_signature", sa.LargeBinary()),
        sa.Column("pledged_at", TIME),
        sa.Column("out_at", TIME),
        sa.Column("out_stage", _enum("out_stage", STAGES)),
        sa.Column("out_epoch", sa.BigInteger()),
        sa.Column("out_reason", sa.Text()),
        sa.UniqueConstraint("room_id", "draw_turn", "seat", "turn"),
        sa.CheckConstraint(
            "(certificate IS NULL) = (public_key IS NULL)",
            name="certificate",
        ),
    )
    op.create_index("ix_evaluation_member_expert_id", "evaluation_member", ["expert_id"])
    op.create_index(
        "uq_evaluation_member_sitting",
        "evaluation_member",
        ["room_id", "seat"],
        unique=True,
        postgresql_where=sa.text("out_at IS NULL"),
    )


def _create_votes() -> None:
    op.create_table(
        "evaluation_vote",
        _room(),
        sa.Column("ballot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("seat", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("candidate", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def _create_readings() -> None:
    op.create_table(
        "evaluation_reading",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("room_id", sa.Uuid(), sa.ForeignKey(ROOM), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_evaluation_reading_room_id", "evaluation_reading", ["room_id"])


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

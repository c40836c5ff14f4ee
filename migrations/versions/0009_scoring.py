"""scoring: drafts, sealed sheets, returned and revealed ones, results, confirmations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "evaluation_draft_key",
    "evaluation_draft",
    "evaluation_sheet",
    "evaluation_sheet_return",
    "evaluation_revealed_sheet",
    "evaluation_reveal",
    "evaluation_price_confirmation",
)


def _stage() -> sa.Enum:
    return sa.Enum(
        "qualification",
        "technical",
        name="sheet_stage",
        native_enum=False,
        create_constraint=True,
        length=64,
    )


def upgrade() -> None:
    _create_drafts()
    _create_sheet()
    _create_outcomes()
    _create_reveal()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _create_drafts() -> None:
    op.create_table(
        "evaluation_draft_key",
        sa.Column("room_id", sa.Uuid(), primary_key=True),
        sa.Column("expert_id", sa.Uuid(), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_table(
        "evaluation_draft",
        sa.Column("room_id", sa.Uuid(), primary_key=True),
        sa.Column("expert_id", sa.Uuid(), primary_key=True),
        sa.Column("stage", _stage(), primary_key=True),
        sa.Column("bid", sa.LargeBinary(), primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("version >= 1", name="ck_evaluation_draft_version"),
    )


def _create_sheet() -> None:
    op.create_table(
        "evaluation_sheet",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.Column("bid", sa.LargeBinary(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("room_id", "expert_id", "stage", "bid", "attempt"),
        sa.CheckConstraint("seat >= 1 AND attempt >= 1", name="ck_evaluation_sheet_counts"),
    )
    op.create_index("ix_evaluation_sheet_room_id", "evaluation_sheet", ["room_id"])


def _create_outcomes() -> None:
    op.create_table(
        "evaluation_sheet_return",
        sa.Column("sheet_id", sa.Uuid(), sa.ForeignKey("evaluation_sheet.id"), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_table(
        "evaluation_revealed_sheet",
        sa.Column("sheet_id", sa.Uuid(), sa.ForeignKey("evaluation_sheet.id"), primary_key=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def _create_reveal() -> None:
    op.create_table(
        "evaluation_reveal",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("members", JSONB(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("room_id", "stage", "turn"),
        sa.CheckConstraint("turn >= 1", name="ck_evaluation_reveal_turn"),
    )
    op.create_table(
        "evaluation_price_confirmation",
        sa.Column("reveal_id", sa.Uuid(), sa.ForeignKey("evaluation_reveal.id"), primary_key=True),
        sa.Column("expert_id", sa.Uuid(), primary_key=True),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

"""kernel: cosignatures and stamps of checkpoints; openings: whether the close was witnessed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.db import append_only

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "checkpoint_cosignature",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("cosigner", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("got_at", TIME, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("size", "cosigner"),
    )
    op.create_index(
        "ix_checkpoint_cosignature_last", "checkpoint_cosignature", ["cosigner", "size"]
    )
    op.create_table(
        "checkpoint_stamp",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("got_at", TIME, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "checkpoint_wanted",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "witness_refusal",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", TIME, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_witness_refusal_size", "witness_refusal", ["size"])
    op.create_table(
        "witness_standing",
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("failing_since", TIME, server_default=NOW, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("retry_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("witness"),
    )
    for table in (
        "checkpoint_cosignature",
        "checkpoint_stamp",
        "checkpoint_wanted",
        "witness_refusal",
    ):
        for statement in append_only(table):
            op.execute(statement)
    _openings()


def _openings() -> None:
    op.add_column(
        "opening",
        sa.Column("close_state", sa.String(64), server_default="awaited", nullable=False),
    )
    op.create_check_constraint(
        "close_state", "opening", "close_state IN ('awaited', 'in_time', 'late', 'go_on')"
    )
    op.add_column(
        "opening",
        sa.Column("delta_seconds", sa.BigInteger(), server_default="10", nullable=False),
    )
    op.create_check_constraint("delta", "opening", "delta_seconds BETWEEN 1 AND 60")
    op.add_column("opening", sa.Column("decision", postgresql.JSONB()))


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

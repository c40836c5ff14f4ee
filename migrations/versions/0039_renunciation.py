"""results: a winner that gives up, and the award that follows."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

CAUSES = ("gave_up", "force_majeure", "no_bond", "violation")


def upgrade() -> None:
    op.add_column("award", sa.Column("version", sa.BigInteger(), server_default="1"))
    op.alter_column("award", "version", nullable=False, server_default=None)
    op.drop_constraint(op.f("pk_award"), "award", type_="primary")
    op.create_primary_key(op.f("pk_award"), "award", ["lot_id", "version"])
    op.create_table(
        "result_renunciation",
        sa.Column("lot_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(*CAUSES, name="cause", native_enum=False, create_constraint=True, length=64),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("forfeit_ref", sa.Uuid()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot_id", "version"], ["award.lot_id", "award.version"]),
        sa.CheckConstraint("octet_length(sha256) = 32", name="sha256"),
    )
    for statement in append_only("result_renunciation"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

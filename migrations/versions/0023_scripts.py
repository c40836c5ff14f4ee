"""kernel: the releases of scripts that stand in the log."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "script_release",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("listing", sa.LargeBinary(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    for statement in append_only("script_release"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

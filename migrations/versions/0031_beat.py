"""openings: the platform's last sign of life, by which an outage is found."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opening_beat",
        sa.Column("only", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('"only" = 1', name="ck_opening_beat_only"),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

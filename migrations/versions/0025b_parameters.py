"""openings: parameters drawn in the hall, and what every listed bid puts into them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0025b"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opening_bid", sa.Column("draw_part", sa.LargeBinary()))
    op.create_table(
        "opening_draw",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parameter", JSONB(), nullable=False),
        sa.Column("options", JSONB(), nullable=False),
        sa.Column("index", sa.BigInteger()),
        sa.Column("value", sa.Text()),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(index IS NULL) = (value IS NULL)", name="ck_opening_draw_value"),
        sa.UniqueConstraint("lot_id", "name"),
    )
    for statement in append_only("opening_draw"):
        op.execute(statement)
    op.add_column(
        "evaluation_room",
        sa.Column("drawn", JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

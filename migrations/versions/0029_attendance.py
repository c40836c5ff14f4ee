"""sittings: officials who were there after the list."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sitting_attendance",
        sa.Column("sitting_id", sa.Uuid(), sa.ForeignKey("sitting.id"), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    for statement in append_only("sitting_attendance"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

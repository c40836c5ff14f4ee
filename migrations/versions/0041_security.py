"""evaluation: what secures each bid that was handed over, and whether it holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "evaluation_room_bid",
        sa.Column("security", JSONB(), nullable=True),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

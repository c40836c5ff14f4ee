"""evaluation: rooms keep the draw parts of listed bids that were not opened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "evaluation_room",
        sa.Column("unopened", JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

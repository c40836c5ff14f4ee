"""kernel: leaves that bidders cause wait for room in a tick instead of enlarging it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "leaf_pending",
        sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

"""escrow: since when an order waits for its bank's answer, and when a person was called to it."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("refund", sa.Column("first_sent_at", TIME))
    op.add_column("refund", sa.Column("called_at", TIME))
    op.execute("UPDATE refund SET first_sent_at = sent_at WHERE sent_at IS NOT NULL")


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

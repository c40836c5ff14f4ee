"""kernel: of the leaves that wait for room, refusals wait behind bids."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE leaf_pending ALTER quiet DROP DEFAULT")
    op.execute("ALTER TABLE leaf_pending ALTER quiet TYPE smallint USING quiet::int")
    op.execute("ALTER TABLE leaf_pending ALTER quiet SET DEFAULT 0")
    op.execute("ALTER TABLE leaf_pending ADD CHECK (quiet BETWEEN 0 AND 2)")


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

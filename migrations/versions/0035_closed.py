"""escrow: a sub-account can be closed at its bank for good."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

CHECK = "ck_sub_account_sub_account_state"


def upgrade() -> None:
    op.drop_constraint(op.f(CHECK), "sub_account", type_="check")
    op.create_check_constraint(
        op.f(CHECK), "sub_account", "state IN ('pool', 'claimed', 'released', 'closed')"
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

"""identity: security keys and their answers to single acts."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.CheckConstraint("sign_count >= 0", name="counted"),
    )
    op.create_table(
        "step_up",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("passkey_id", sa.Uuid(), sa.ForeignKey("passkey.id"), nullable=False, index=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("authenticator_data", sa.LargeBinary(), nullable=False),
        sa.Column("client_data", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    for statement in append_only("step_up"):
        op.execute(statement)

"""bids: refusals of every act, with what their text needs; uploads that can be told to be old."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ACTS = ("submit", "upload", "withdraw")


def upgrade() -> None:
    op.create_table(
        "refused_attempt",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(*ACTS, name="act", native_enum=False, create_constraint=True, length=64),
            nullable=False,
        ),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("lot_id", "pseudonym", "subject", "code"),
        sa.CheckConstraint("octet_length(subject) = 32", name="subject"),
    )
    op.execute("""
        INSERT INTO refused_attempt
        SELECT id, lot_id, pseudonym, 'submit', commitment, code, '{}', leaf_id, refused_at
        FROM refused_submission""")
    op.drop_table("refused_submission")
    for statement in append_only("refused_attempt"):
        op.execute(statement)
    op.alter_column("upload", "lot_id", nullable=True)
    hour = sa.text("date_trunc('hour', legal_now())")
    begun = sa.Column("begun_at", sa.DateTime(timezone=True), server_default=hour, nullable=False)
    op.add_column("upload", begun)
    op.create_index("ix_upload_begun_at", "upload", ["begun_at"])


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

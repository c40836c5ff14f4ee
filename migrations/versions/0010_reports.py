"""reports: the committee's report and its signatures."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
REPORT = "evaluation_report.room_id"
APPEND_ONLY = (
    "evaluation_report",
    "evaluation_report_answer",
    "evaluation_report_issue",
    "evaluation_report_publication",
)


def upgrade() -> None:
    _create_report()
    _create_answer()
    _create_issue()
    op.create_table(
        "evaluation_report_publication",
        sa.Column("room_id", sa.Uuid(), sa.ForeignKey(REPORT), primary_key=True),
        sa.Column("published_at", TIME, nullable=False),
    )
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _create_report() -> None:
    op.create_table(
        "evaluation_report",
        sa.Column("room_id", sa.Uuid(), primary_key=True),
        sa.Column("lot_ref", sa.Uuid(), nullable=False, unique=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("facts_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("hidden", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("draft_key", sa.Text(), nullable=False),
        sa.Column("frozen_at", TIME, nullable=False),
    )


def _create_answer() -> None:
    table = "evaluation_report_answer"
    answer = sa.Enum(
        "agree",
        "dissent",
        "deemed",
        name="answer",
        native_enum=False,
        create_constraint=True,
        length=64,
    )
    op.create_table(
        table,
        sa.Column("room_id", sa.Uuid(), sa.ForeignKey(REPORT), primary_key=True),
        sa.Column("seat", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("answer", answer, nullable=False),
        sa.Column("opinion", sa.Text()),
        sa.Column("signature", sa.LargeBinary()),
        sa.Column("certificate_tail", sa.Text()),
        sa.Column("recorded_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "(answer = 'deemed') = (signature IS NULL)", name=f"ck_{table}_signature"
        ),
        sa.CheckConstraint(
            "(answer = 'dissent') = (opinion IS NOT NULL)", name=f"ck_{table}_opinion"
        ),
        sa.CheckConstraint(
            "(answer = 'deemed') = (recorded_by IS NOT NULL)", name=f"ck_{table}_recorded"
        ),
        sa.CheckConstraint("(answer = 'deemed') = (reason IS NOT NULL)", name=f"ck_{table}_reason"),
    )


def _create_issue() -> None:
    op.create_table(
        "evaluation_report_issue",
        sa.Column("room_id", sa.Uuid(), sa.ForeignKey(REPORT), primary_key=True),
        sa.Column("pdf_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("public_pdf_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("public_blob_key", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

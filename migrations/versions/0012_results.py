"""results: candidates, objections, awards, contracts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "result_report",
    "result_notice",
    "result_notice_pdf",
    "result_objection",
    "result_objection_answer",
    "award",
    "contract",
    "lot_archive",
)


def upgrade() -> None:
    _create_outcome()
    _create_notice()
    _create_objection()
    _create_award()
    _create_contract()
    _create_archive()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _create_outcome() -> None:
    op.create_table(
        "result_report",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("facts_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("ranking", JSONB(), nullable=False),
        sa.Column("rejected", JSONB(), nullable=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.CheckConstraint("version >= 1", name="ck_result_report_version"),
    )


def _create_notice() -> None:
    op.create_table(
        "result_notice",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "candidates",
                "award",
                "outcome",
                "result",
                name="notice_kind",
                native_enum=False,
                create_constraint=True,
                length=64,
            ),
            nullable=False,
        ),
        sa.Column("seat", sa.BigInteger()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.UniqueConstraint(
            "lot_id", "kind", "seat", "version", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint(
            "(kind IN ('award', 'outcome')) = (seat IS NOT NULL)", name="ck_result_notice_seat"
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name="ck_result_notice_digest"),
    )
    op.create_index("ix_result_notice_digest", "result_notice", ["digest"])
    op.create_table(
        "result_notice_pdf",
        sa.Column("notice_id", sa.Uuid(), sa.ForeignKey("result_notice.id"), primary_key=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
    )


def _create_objection() -> None:
    op.create_table(
        "result_objection",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("bidder_ref", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text()),
        sa.Column("file_key", sa.Text()),
        sa.Column("file_sha256", sa.LargeBinary()),
        sa.Column("file_size", sa.BigInteger()),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.UniqueConstraint("lot_id", "number"),
        sa.CheckConstraint(
            "(file_key IS NULL) = (file_sha256 IS NULL)", name="ck_result_objection_file"
        ),
    )
    op.create_table(
        "result_objection_answer",
        sa.Column(
            "objection_id", sa.Uuid(), sa.ForeignKey("result_objection.id"), primary_key=True
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
    )


def _create_award() -> None:
    op.create_table(
        "award",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("bidder_ref", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name="ck_award_digest"),
    )


def _create_contract() -> None:
    op.create_table(
        "contract",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("late_reason", sa.Text()),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name="ck_contract_amount"),
    )
    op.create_index("ix_contract_sha256", "contract", ["sha256"])


def _create_archive() -> None:
    op.create_table(
        "lot_archive",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("archived_at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

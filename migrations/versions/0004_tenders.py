"""tenders: projects, lots, trustees, documents, notices and the line of stages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.db import append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
STAGES = (
    "draft",
    "approved",
    "notice_published",
    "documents_on_offer",
    "clarifying",
    "objection_suspended",
    "submission_closed",
    "failed_too_few",
    "opening",
    "opened",
    "evaluating",
    "report_signed",
    "candidates_published",
    "re_evaluation",
    "awarded",
    "notice_issued",
    "contract_signed",
    "deposits_settled",
    "archived",
    "suspended",
    "terminated",
    "failed",
    "void",
)


def _text_enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=64)


def upgrade() -> None:
    _create_lots()
    _create_trustees()
    _create_notices()
    for table in ("notice", "notice_pdf", "stage_change"):
        for statement in append_only(table):
            op.execute(statement)


def _create_lots() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "regime",
            _text_enum(
                "regime",
                (
                    "tendering",
                    "government_procurement",
                    "property_rights",
                    "land",
                    "environmental",
                ),
            ),
            nullable=False,
        ),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("region_name", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("supervisor_name", sa.Text(), nullable=False),
        sa.Column("tenderee_id", sa.Uuid(), nullable=False),
        sa.Column("tenderee_name", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("agency_name", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_project_agency_id", "project", ["agency_id"])
    op.create_index("ix_project_centre_id", "project", ["centre_id"])
    op.create_index("ix_project_tenderee_id", "project", ["tenderee_id"])
    op.create_table(
        "lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            _text_enum(
                "lot_kind",
                (
                    "works",
                    "goods",
                    "survey_design",
                    "services",
                ),
            ),
            nullable=False,
        ),
        sa.Column("stage", _text_enum("lot_stage", STAGES), nullable=False),
        sa.Column("held_from", _text_enum("held_from", STAGES), nullable=True),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("method", _text_enum("method", ("open_tender",)), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column(
            "holder_lock",
            _text_enum(
                "holder_lock",
                (
                    "bidder",
                    "committee_only",
                ),
            ),
            nullable=False,
        ),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("remaining_floor", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("estimate_fen", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_fen", sa.BigInteger(), nullable=True),
        sa.Column("deposit_fen", sa.BigInteger(), nullable=False),
        sa.Column("validity_days", sa.BigInteger(), nullable=False),
        sa.Column("documents_from", TIME, nullable=False),
        sa.Column("documents_until", TIME, nullable=False),
        sa.Column("deadline", TIME, nullable=False),
        sa.Column("emergency_reason", sa.Text(), nullable=True),
        sa.Column("sign_in_minutes", sa.BigInteger(), nullable=False),
        sa.Column("decryption_minutes", sa.BigInteger(), nullable=False),
        sa.Column("confirmation_minutes", sa.BigInteger(), nullable=False),
        sa.Column("notice_version", sa.BigInteger(), nullable=False),
        sa.Column("resubmit_from_version", sa.BigInteger(), nullable=False),
        sa.Column("policy_digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint(
            "(held_from IS NULL) = (stage NOT IN ('suspended', 'objection_suspended'))", name="held"
        ),
        sa.CheckConstraint("(notice_version = 0) = (policy_digest IS NULL)", name="policy"),
        sa.CheckConstraint("ceiling_fen IS NULL OR ceiling_fen > 0", name="ceiling"),
        sa.CheckConstraint("deposit_fen >= 0", name="deposit"),
        sa.CheckConstraint("documents_from < deadline", name="order"),
        sa.CheckConstraint("documents_from < documents_until", name="offer"),
        sa.CheckConstraint("estimate_fen > 0", name="estimate"),
        sa.CheckConstraint("floor >= 1 AND round >= 1 AND notice_version >= 0", name="counts"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("project_id", "ordinal"),
    )
    op.create_index("ix_lot_centre_id", "lot", ["centre_id"])
    op.create_index("ix_lot_deadline", "lot", ["deadline"])
    op.create_index("ix_lot_stage_deadline", "lot", ["stage", "deadline"])


def _create_trustees() -> None:
    op.create_table(
        "trustee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            _text_enum(
                "trustee_role",
                (
                    "tenderee",
                    "agency",
                    "centre",
                    "supervisor",
                    "notary",
                ),
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
        sa.CheckConstraint("octet_length(public_key) = 65", name="public_key"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_key"),
    )
    op.create_index("ix_trustee_person_id", "trustee", ["person_id"])
    op.create_table(
        "lot_trustee",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("trustee_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint('"index" >= 1', name="index"),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["trustee_id"], ["trustee.id"]),
        sa.PrimaryKeyConstraint("lot_id", "index"),
        sa.UniqueConstraint("lot_id", "trustee_id"),
    )


def _create_notices() -> None:
    op.create_table(
        "tender_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lot_id", "name", "version"),
    )
    op.create_index("ix_tender_document_lot_id", "tender_document", ["lot_id"])
    op.create_index("ix_tender_document_sha256", "tender_document", ["sha256"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("deadline", TIME, nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("policy_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lot_id", "version"),
    )
    op.create_index("ix_notice_digest", "notice", ["digest"])
    op.create_index("ix_notice_lot_id", "notice", ["lot_id"])
    op.create_table(
        "notice_pdf",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("notice_id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "stage_change",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("from_stage", _text_enum("from_stage", STAGES), nullable=True),
        sa.Column("to_stage", _text_enum("to_stage", STAGES), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_stage_change_lot_id_number", "stage_change", ["lot_id", "number"])


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

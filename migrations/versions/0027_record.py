"""openings: numbered objections with files, pauses that tell a time, supplements, signed records.

What bidders objected to in earlier openings becomes number 1, 2, … in the order it was said.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
STAGES = (
    "waiting",
    "sign_in",
    "deadline_lock",
    "list_published",
    "bidder_decryption",
    "opening",
    "verification",
    "parameter_draw",
    "read_out",
    "record_confirmation",
    "questions",
    "closed",
    "reconvened",
    "failed_too_few",
    "cancelled",
)
PARTIES = ("host", "bidder", "supervisor", "trustee", "system")
APPEND_ONLY = ("opening_supplement", "opening_record_signature")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=64)


def upgrade() -> None:
    _opening()
    _objection()
    _attachment()
    _supplement()
    _record()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _opening() -> None:
    op.drop_constraint("ck_opening_stage", "opening")
    listed = ", ".join(f"'{stage}'" for stage in STAGES)
    op.create_check_constraint("ck_opening_stage", "opening", f"stage IN ({listed})")
    op.add_column("opening", sa.Column("pause_reason", sa.Text()))
    op.add_column("opening", sa.Column("resumes_at", TIME))
    op.add_column("opening", _count("sitting", server_default=sa.text("1")))


def _count(name: str, **options: object) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, **options)  # type: ignore[arg-type]


def _objection() -> None:
    op.create_table(
        "opening_objection",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        _count("sitting"),
        _count("seat"),
        sa.Column("stage", _enum("objection_stage", STAGES), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("attachments", JSONB(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("statement_hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reply", sa.Text()),
        sa.Column("reply_attachments", JSONB(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("replied_by", sa.Text()),
        sa.Column("replied_at", TIME),
        sa.UniqueConstraint("lot_id", "statement_hash"),
        sa.CheckConstraint(
            "(reply IS NULL) = (replied_at IS NULL)", name="ck_opening_objection_reply"
        ),
    )
    op.execute(
        """INSERT INTO opening_objection (lot_id, no, sitting, seat, stage, words, attachments,
            statement, statement_hash, signature, at, reply, replied_at)
        SELECT lot_id, row_number() OVER (PARTITION BY lot_id ORDER BY answered_at, seat), 1, seat,
            'record_confirmation', objection, '[]', statement, sha256(statement),
            statement_signature, answered_at, reply, replied_at
        FROM opening_bid WHERE objection IS NOT NULL"""
    )
    for column in ("objection", "reply", "replied_at"):
        op.drop_column("opening_bid", column)


def _attachment() -> None:
    op.create_table(
        "opening_attachment",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), nullable=False),
        sa.Column("seat", sa.BigInteger()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        _count("size"),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index(
        "ix_opening_attachment_lot_id_sha256", "opening_attachment", ["lot_id", "sha256"]
    )


def _supplement() -> None:
    op.create_table(
        "opening_supplement",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("facts_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("facts_leaf", sa.Uuid(), nullable=False),
        sa.Column("closed_at", TIME, nullable=False),
        sa.CheckConstraint("no >= 2", name="ck_opening_supplement_no"),
    )


def _record() -> None:
    op.add_column("opening_record", _count("no", server_default=sa.text("1")))
    op.alter_column("opening_record", "no", server_default=None)
    op.add_column("opening_record", sa.Column("sign_until", TIME))
    op.drop_constraint("pk_opening_record", "opening_record")
    op.create_primary_key("pk_opening_record", "opening_record", ["lot_id", "no"])
    op.create_table(
        "opening_record_signature",
        sa.Column("lot_id", sa.Uuid(), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("role", _enum("signer", PARTIES), nullable=False),
        sa.Column("seat", sa.BigInteger()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certificate_tail", sa.Text(), nullable=False),
        sa.Column("pdf_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"],
            ["opening_record.lot_id", "opening_record.no"],
            name="fk_opening_record_signature_record",
        ),
        sa.CheckConstraint("revision >= 2", name="ck_opening_record_signature_revision"),
        sa.CheckConstraint(
            "(role = 'bidder') = (seat IS NOT NULL)", name="ck_opening_record_signature_seat"
        ),
    )
    op.create_index(
        "uq_opening_record_signature_signer",
        "opening_record_signature",
        ["lot_id", "no", "role", "seat"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "opening_record_prepared",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), nullable=False, index=True),
        _count("no"),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        _count("revision"),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        _count("starts"),
        _count("ends"),
        sa.Column("attributes", sa.LargeBinary(), nullable=False),
        sa.Column("chain", JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

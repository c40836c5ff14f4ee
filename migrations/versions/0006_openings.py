"""openings: halls, windows, attendance, releases, seats and records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "opening_attendance",
    "opening_release",
    "opening_refused_release",
    "opening_record",
)


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=64)


def upgrade() -> None:
    _create_opening()
    _create_opening_window()
    _create_opening_attendance()
    _create_opening_release()
    _create_opening_refused_release()
    _create_opening_bid()
    _create_opening_record()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _create_opening() -> None:
    op.create_table(
        "opening",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column(
            "live_id", sa.Uuid(), sa.ForeignKey("live_session.id"), nullable=False, unique=True
        ),
        sa.Column(
            "stage",
            _enum(
                "stage",
                (
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
                    "failed_too_few",
                    "cancelled",
                ),
            ),
            nullable=False,
        ),
        sa.Column("until", TIME),
        sa.Column("deadline", TIME, nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("remaining_floor", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("sign_in_minutes", sa.BigInteger(), nullable=False),
        sa.Column("decryption_minutes", sa.BigInteger(), nullable=False),
        sa.Column("confirmation_minutes", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.BigInteger()),
        sa.Column("windows", sa.BigInteger(), nullable=False),
        sa.Column("unsealed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("paused_at", TIME),
        sa.Column(
            "paused_by", _enum("paused_by", ("host", "bidder", "supervisor", "trustee", "system"))
        ),
        sa.Column("close_note", sa.Text()),
        sa.Column("close_size", sa.BigInteger()),
        sa.Column("close_root", sa.LargeBinary()),
        sa.Column("manifest", sa.LargeBinary()),
        sa.Column("manifest_hash", sa.LargeBinary()),
        sa.Column("manifest_leaf", sa.Uuid()),
        sa.Column("superseded", JSONB(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("openings", sa.LargeBinary()),
        sa.Column("signature", JSONB()),
        sa.Column("read_digest", sa.LargeBinary()),
        sa.Column("facts", sa.LargeBinary()),
        sa.Column("facts_hash", sa.LargeBinary(), unique=True),
        sa.Column("facts_leaf", sa.Uuid()),
        sa.Column("prepared_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.CheckConstraint("stage <> 'closed' OR facts IS NOT NULL", name="ck_opening_facts"),
        sa.CheckConstraint(
            "(manifest IS NULL) = (manifest_hash IS NULL)", name="ck_opening_manifest"
        ),
        sa.CheckConstraint(
            "threshold >= 1 AND floor >= 1 AND windows >= 0", name="ck_opening_counts"
        ),
        sa.CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="ck_opening_pause"),
    )
    op.create_index("ix_opening_centre_id", "opening", ["centre_id"])


def _create_opening_window() -> None:
    op.create_table(
        "opening_window",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("opens_at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("closed_at", TIME),
    )


def _create_opening_attendance() -> None:
    op.create_table(
        "opening_attendance",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("pseudonym", sa.Text(), primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )


def _create_opening_release() -> None:
    op.create_table(
        "opening_release",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("trustee", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("release", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("manifest_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("release IN (1, 2)", name="ck_opening_release_release"),
    )


def _create_opening_refused_release() -> None:
    op.create_table(
        "opening_refused_release",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), nullable=False),
        sa.Column("trustee", sa.BigInteger(), nullable=False),
        sa.Column("release", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_opening_refused_release_lot_id", "opening_refused_release", ["lot_id"])


def _create_opening_bid() -> None:
    op.create_table(
        "opening_bid",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("seat", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("identity", JSONB(), nullable=False),
        sa.Column("deposit", JSONB(), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            _enum(
                "bid_state",
                (
                    "listed",
                    "unlocked",
                    "opened",
                    "revoked_bidder_fault",
                    "withdrawn_not_bidder_fault",
                    "refused_unsigned",
                ),
            ),
            nullable=False,
        ),
        sa.Column(
            "cause",
            _enum(
                "cause_kind",
                (
                    "not_decrypted",
                    "wrong_secret",
                    "unreadable",
                    "unsigned",
                    "storage_damaged",
                    "not_as_logged",
                    "service_down",
                ),
            ),
        ),
        sa.Column("code", sa.Text()),
        sa.Column("holder_secret", sa.LargeBinary()),
        sa.Column("via", sa.Text()),
        sa.Column("unlocked_at", TIME),
        sa.Column("offer", JSONB()),
        sa.Column("offer_hash", sa.LargeBinary()),
        sa.Column("matched", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("read", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("answer", _enum("answer", ("agreed", "objected", "deemed"))),
        sa.Column("statement", sa.LargeBinary()),
        sa.Column("statement_signature", sa.LargeBinary()),
        sa.Column("answered_at", TIME),
        sa.Column("objection", sa.Text()),
        sa.Column("reply", sa.Text()),
        sa.Column("replied_at", TIME),
        sa.UniqueConstraint("lot_id", "envelope_id"),
        sa.CheckConstraint("NOT read OR offer IS NOT NULL", name="ck_opening_bid_read"),
        sa.CheckConstraint("seat >= 1", name="ck_opening_bid_seat"),
        sa.CheckConstraint("(cause IS NULL) = (code IS NULL)", name="ck_opening_bid_cause"),
    )


def _create_opening_record() -> None:
    op.create_table(
        "opening_record",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("facts_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("pdf_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

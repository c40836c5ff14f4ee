"""tenders, openings: rescue panels of lots; attempts, requests and shares at the opening."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ROLES = ("tenderee", "agency", "centre", "supervisor", "notary", "association")
CAUSES = (
    "not_decrypted",
    "no_key_left",
    "rescue_short",
    "wrong_secret",
    "unreadable",
    "unsigned",
    "storage_damaged",
    "not_as_logged",
    "service_down",
)
APPEND_ONLY = ("opening_attempt", "opening_rescue", "opening_rescue_share")


def upgrade() -> None:
    _seat_panels()
    _widen("trustee", "ck_trustee_trustee_role", "role", ROLES)
    _widen("opening_bid", "ck_opening_bid_cause_kind", "cause", CAUSES)
    _create_attempts()
    for table in APPEND_ONLY:
        for statement in append_only(table):
            op.execute(statement)


def _widen(table: str, constraint: str, column: str, values: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    op.drop_constraint(op.f(constraint), table)
    op.create_check_constraint(op.f(constraint), table, f"{column} IN ({listed})")


def _seat_panels() -> None:
    count = sa.Column("rescue_threshold", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("lot", count)
    op.create_check_constraint("rescue_threshold", "lot", "rescue_threshold >= 0")
    op.create_table(
        "lot_rescuer",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("index", sa.BigInteger(), primary_key=True),
        sa.Column("trustee_id", sa.Uuid(), sa.ForeignKey("trustee.id"), nullable=False),
        sa.CheckConstraint('"index" >= 1', name="index"),
        sa.UniqueConstraint("lot_id", "trustee_id"),
    )


def _create_attempts() -> None:
    opening = "opening.lot_id"
    op.create_table(
        "opening_attempt",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey(opening), nullable=False),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("member", sa.BigInteger()),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_opening_attempt_lot_id", "opening_attempt", ["lot_id"])
    op.create_table(
        "opening_rescue",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey(opening), primary_key=True),
        sa.Column("seat", sa.BigInteger(), primary_key=True),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_table(
        "opening_rescue_share",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey(opening), primary_key=True),
        sa.Column("seat", sa.BigInteger(), primary_key=True),
        sa.Column("member", sa.BigInteger(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

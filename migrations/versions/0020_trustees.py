"""openings: refusals of trustees, the log's word on wrong shares, one close and manifest for ever."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import append_only

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# The trustees released for this manifest, and draws come from this root: no second one, whoever
# asks. A statement of the database itself, so that no code path and no console gets past it.
FIXED = ("close_note", "close_size", "close_root", "manifest", "manifest_hash", "manifest_leaf")
CHANGED = " OR ".join(f"(OLD.{name} IS NOT NULL AND NEW.{name} IS DISTINCT FROM OLD.{name})"
                      for name in FIXED)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "opening_declined_release",
        sa.Column("lot_id", sa.Uuid(), sa.ForeignKey("opening.lot_id"), primary_key=True),
        sa.Column("trustee", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("release", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("manifest_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("release IN (1, 2)", name="ck_opening_declined_release_release"),
    )
    for statement in append_only("opening_declined_release"):
        op.execute(statement)
    op.add_column("opening_refused_release", sa.Column("leaf_id", sa.Uuid()))
    op.execute(
        "CREATE FUNCTION refuse_second_manifest() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'close and manifest of a lot are written once'; END $$"
    )
    op.execute(
        "CREATE TRIGGER opening_fixed BEFORE UPDATE ON opening FOR EACH ROW"
        f" WHEN ({CHANGED}) EXECUTE FUNCTION refuse_second_manifest()"
    )
    # The public log is asked for leaves by their hash.
    op.create_index("ix_leaf_hash", "leaf", ["hash"])


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

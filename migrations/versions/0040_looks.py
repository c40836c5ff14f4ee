"""escrow: from a booking to the message that told of it; who looked at a bank's bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

# Who looked at what stays for ever, as it was asked; only the answer is filled in and erased.
KEPT = """CREATE FUNCTION look_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{state,cause,answered_at,sealed}'::text[]
     IS DISTINCT FROM to_jsonb(OLD) - '{state,cause,answered_at,sealed}'::text[]
     OR (OLD.state <> 'asked' AND (NEW.state <> OLD.state OR NEW.sealed IS NOT NULL)) THEN
    RAISE EXCEPTION 'a look stays as it was' USING ERRCODE = 'SB001';
  END IF;
  RETURN NEW;
END $$"""


def upgrade() -> None:
    op.add_column("bank_entry", sa.Column("message_id", sa.Uuid()))
    op.create_foreign_key(
        "fk_bank_entry_message_id_inbox", "bank_entry", "inbox", ["message_id"], ["id"]
    )
    op.create_index("ix_bank_entry_journal_id", "bank_entry", ["journal_id"])
    op.create_table(
        "access_log",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("inbox.id"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("sealed_from", sa.Date()),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        _words("state", "look_state", "asked shown refused", nullable=False),
        _words("cause", "look_cause", "unlisted unreadable", nullable=True),
        sa.Column("answered_at", TIME),
        sa.Column("sealed", sa.LargeBinary()),
    )
    op.create_index(
        "ix_access_log_asked",
        "access_log",
        ["asked_at"],
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index("ix_access_log_message_id", "access_log", ["message_id"])
    op.execute(KEPT)
    op.execute(
        "CREATE TRIGGER access_log_kept BEFORE UPDATE OR DELETE ON access_log"
        " FOR EACH ROW EXECUTE FUNCTION look_kept()"
    )
    op.execute(
        "CREATE TRIGGER access_log_no_truncate BEFORE TRUNCATE ON access_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _words(column: str, name: str, values: str, *, nullable: bool) -> sa.Column[object]:
    kind = sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=64)
    return sa.Column(column, kind, nullable=nullable)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

"""escrow: the listener's own role, which may only insert into the inbox; what contradicts is kept.

A role belongs to the server: another database's history may have made it already. Whoever migrates
without the right to make one is told to have it made first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ROLE = """DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sunbid_listener') THEN
    CREATE ROLE sunbid_listener LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
    -- Where the listener has no login of its own it enters by this one, and takes the role.
    GRANT sunbid_listener TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role sunbid_listener is missing: have an administrator run'
      ' CREATE ROLE sunbid_listener LOGIN NOINHERIT';
END $$"""
RIGHTS = (
    # To know whose signature counts, and to which key to seal.
    "GRANT SELECT (id, code, adapter) ON bank TO sunbid_listener",
    (
        "GRANT SELECT (bank_id, key_id, public_key, valid_from, retired_at) ON bank_key"
        " TO sunbid_listener"
    ),
    "GRANT SELECT (public_key, created_at) ON sealing_key TO sunbid_listener",
    # legal_now() reads the demonstration's shift.
    "GRANT SELECT (clock_offset) ON installation TO sunbid_listener",
    # To put messages in, and never to look at them again.
    (
        "GRANT INSERT (id, bank_id, event_id, origin, sealed, received_at, state) ON inbox"
        " TO sunbid_listener"
    ),
    "GRANT INSERT (id, bank_id, event_id, sealed) ON inbox_repeat TO sunbid_listener",
)


def upgrade() -> None:
    op.drop_table("inbox_repeat")
    op.create_table(
        "inbox_repeat",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contradicts", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["bank_id", "event_id"], ["inbox.bank_id", "inbox.event_id"]),
    )
    op.create_index(
        "ix_inbox_repeat_waiting",
        "inbox_repeat",
        ["id"],
        postgresql_where=sa.text("NOT contradicts"),
    )
    op.execute(ROLE)
    for right in RIGHTS:
        op.execute(right)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

"""kernel: installation and clocks, due work, outbox, live streams, log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.db import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

FUNCTIONS = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'SB001'; END $$""",
    """CREATE FUNCTION legal_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + clock_offset FROM installation $$""",
    """CREATE FUNCTION clock_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.id <> OLD.id OR NEW.demo <> OLD.demo OR NEW.log_origin <> OLD.log_origin
         OR NEW.clock_offset < OLD.clock_offset THEN
        RAISE EXCEPTION 'an installation is founded once; its clock only moves forward'
          USING ERRCODE = 'SB002';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER installation_fixed BEFORE UPDATE ON installation
    FOR EACH ROW EXECUTE FUNCTION clock_only_forward()""",
    """CREATE TRIGGER installation_kept BEFORE DELETE ON installation
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("only", sa.BigInteger(), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("log_origin", sa.Text(), nullable=False),
        sa.Column("clock_offset", sa.Interval(), nullable=False),
        sa.CheckConstraint('"only" = 1', name="only"),
        sa.CheckConstraint("demo OR clock_offset = interval '0'", name="offset_in_demo"),
    )
    for statement in FUNCTIONS:
        op.execute(statement)
    _create_work()
    _create_live()
    _create_log()


def _create_work() -> None:
    op.create_table(
        "due_work",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", TIME, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("refused_code", sa.Text()),
        sa.Column("done_at", TIME),
        sa.UniqueConstraint("kind", "key"),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'refused', 'cancelled')", name="work_state"
        ),
    )
    op.create_index(
        "ix_due_work_waiting",
        "due_work",
        ["due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "outbox_event",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False, index=True),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("fanned_out", sa.Boolean(), nullable=False),
    )


def _create_live() -> None:
    op.create_table(
        "live_session",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("kind", "ref"),
    )
    op.create_table(
        "live_event",
        sa.Column("session_id", sa.Uuid(), sa.ForeignKey("live_session.id"), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    for statement in append_only("live_event"):
        op.execute(statement)


def _create_log() -> None:
    op.create_table(
        "leaf_pending",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "leaf",
        sa.Column("index", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("index", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    for table in ("leaf", "log_node", "checkpoint"):
        for statement in append_only(table):
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

"""escrow: statements, matches, breaks, and days that are closed for good."""

import sqlalchemy as sa
from alembic import op

from kernel.db import append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

CLOSED = (
    # What the bank tells late belongs to the first open day: money is never refused. A day can only
    # be closed when it is over, so that today's journals need not ask.
    """CREATE FUNCTION journal_into_open_day() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      v_last date;
    BEGIN
      PERFORM 1 FROM bank b WHERE b.id = NEW.bank_id FOR KEY SHARE;
      SELECT max(s.day) INTO v_last FROM day_seal s WHERE s.bank_id = NEW.bank_id;
      IF NEW.ledger_day <= v_last THEN
        NEW.ledger_day := v_last + 1;
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER journal_into_open_day BEFORE INSERT ON journal FOR EACH ROW
    WHEN (NEW.ledger_day < (NEW.recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
    EXECUTE FUNCTION journal_into_open_day()""",
    # The key-share lock waits for a closing under way, and a closing waits for postings under way:
    # no journal slips into a day while it is being sealed.
    """CREATE FUNCTION journal_day_open() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM 1 FROM bank b WHERE b.id IN (SELECT f.bank_id FROM fresh f)
        ORDER BY b.id FOR KEY SHARE;
      IF EXISTS (
        SELECT 1 FROM fresh f JOIN day_seal s ON s.bank_id = f.bank_id AND s.day = f.ledger_day
      ) THEN
        RAISE EXCEPTION 'the day of a journal is closed' USING ERRCODE = 'ES006';
      END IF;
      RETURN NULL;
    END $$""",
    """CREATE TRIGGER journal_day_open AFTER INSERT ON journal
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION journal_day_open()""",
    """CREATE FUNCTION keep_whole_statement() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.state = 'whole' AND to_jsonb(NEW) - 'reconciled_at'
         IS DISTINCT FROM to_jsonb(OLD) - 'reconciled_at' THEN
        RAISE EXCEPTION 'a whole statement does not change' USING ERRCODE = 'ES007';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER statement_kept BEFORE UPDATE ON statement
    FOR EACH ROW EXECUTE FUNCTION keep_whole_statement()""",
)


def upgrade() -> None:
    _create_statements()
    _create_breaks()
    _create_seals()
    for table in ("statement_line", "day_seal"):
        for statement in append_only(table):
            op.execute(statement)
    for statement in CLOSED:
        op.execute(statement)


def _create_statements() -> None:
    op.create_table(
        "statement",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("day", sa.Date(), nullable=False),
        _words("state", "statement_state", "whole quarantined"),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("opening_fen", sa.BigInteger()),
        sa.Column("closing_fen", sa.BigInteger()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("reconciled_at", TIME),
        sa.UniqueConstraint("bank_id", "day"),
        sa.CheckConstraint(
            "state <> 'whole' OR (opening_fen IS NOT NULL AND closing_fen IS NOT NULL)",
            name="balances",
        ),
    )
    op.create_table(
        "statement_line",
        _id(),
        _ref("statement_id", "statement.id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("bank_ref", sa.Text(), nullable=False),
        _words("sign", "sign", "CRDT DBIT"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("end_to_end", sa.Text()),
        sa.Column("booked_at", TIME, nullable=False),
        sa.UniqueConstraint("statement_id", "position"),
    )
    op.create_table(
        "recon_match",
        sa.Column("line_id", sa.Uuid(), sa.ForeignKey("statement_line.id"), primary_key=True),
        sa.Column(
            "entry_id", sa.Uuid(), sa.ForeignKey("bank_entry.id"), nullable=False, unique=True
        ),
        _words("level", "level", "reference end_to_end unique"),
    )


def _create_breaks() -> None:
    op.create_table(
        "recon_break",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("day", sa.Date(), nullable=False),
        _words(
            "code",
            "break_code",
            "not_booked not_on_statement doubled amount_differs account_differs day_differs",
        ),
        _ref("line_id", "statement_line.id", nullable=True),
        _ref("entry_id", "bank_entry.id", nullable=True),
        _words("state", "break_state", "open proposed resolved healed"),
        sa.Column("found_at", TIME, nullable=False),
        *_person("owner"),
        sa.Column("words", sa.Text()),
        *_person("maker"),
        *_person("checker"),
        sa.Column("ended_at", TIME),
        sa.UniqueConstraint(
            "bank_id", "day", "code", "line_id", "entry_id", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint(
            "line_id IS NOT NULL OR entry_id IS NOT NULL", name="concerns_something"
        ),
        sa.CheckConstraint("maker <> checker", name="two_people"),
        sa.CheckConstraint(
            "(state NOT IN ('proposed', 'resolved') OR (maker IS NOT NULL AND words IS NOT NULL))"
            " AND (state <> 'resolved' OR checker IS NOT NULL)",
            name="resolution",
        ),
    )
    op.create_index(
        "ix_recon_break_open",
        "recon_break",
        ["bank_id", "day"],
        postgresql_where=sa.text("state IN ('open', 'proposed')"),
    )


def _create_seals() -> None:
    op.create_table(
        "day_seal",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in ("previous_hash", "salt", "root", "hash", "signature")
        ),
        sa.Column("leaf_id", sa.Uuid(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_name", sa.Text(), nullable=False),
        sa.Column("closed_at", TIME, nullable=False),
        sa.UniqueConstraint("bank_id", "day"),
        sa.UniqueConstraint("bank_id", "number"),
        sa.CheckConstraint("(closed_at AT TIME ZONE 'Asia/Shanghai')::date > day", name="over"),
    )


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(target), nullable=nullable)


def _person(name: str) -> tuple[sa.Column[object], sa.Column[object]]:
    return sa.Column(name, sa.Uuid()), sa.Column(f"{name}_name", sa.Text())


def _words(column: str, name: str, values: str) -> sa.Column[object]:
    kind = sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=64)
    return sa.Column(column, kind, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

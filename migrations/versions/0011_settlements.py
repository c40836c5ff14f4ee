"""escrow: settlements under two approvals, interest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.db import append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

RELEASE_REASONS = "withdrawn lot_failed bid_rejected not_selected contract_signed unclaimed"
WIDENED = {
    ("refund", "reason", "refund_reason"): (
        f"{RELEASE_REASONS} wrong_payer personal_payer excess unknown_sub after_release"
    ),
    ("journal", "kind", "journal_kind"): (
        "credit reversal refund_ordered refund_failed refund_settled refund_returned"
        " unexplained_debit interest_received"
    ),
    ("bank_entry", "kind", "entry_kind"): (
        "credit reversal refund_settled refund_returned unexplained_debit interest_received"
    ),
    ("account", "kind", "account_kind"): (
        "cash deposit suspense refund_clearing bank_claim interest_receivable interest_payable"
    ),
}

POST_JOURNAL = """
CREATE OR REPLACE FUNCTION post_journal(
  p_id uuid, p_key text, p_kind text, p_bank uuid, p_occurred_at timestamptz,
  p_codes text[], p_signs smallint[], p_amounts bigint[]
) RETURNS TABLE (journal_id uuid, replayed boolean) LANGUAGE plpgsql AS $$
DECLARE
  v_hash bytea := sha256(convert_to(jsonb_build_array(
    p_kind, p_bank, extract(epoch FROM p_occurred_at), p_codes, p_signs, p_amounts)::text, 'UTF8'));
  v_old record;
  v_account record;
  v_debit bigint;
  v_credit bigint;
BEGIN
  IF coalesce(cardinality(p_codes), 0) < 2 OR cardinality(p_codes) <> cardinality(p_signs)
     OR cardinality(p_codes) <> cardinality(p_amounts) THEN
    RAISE EXCEPTION 'journal % is malformed', p_key USING ERRCODE = 'ES004';
  END IF;
  INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, ledger_day)
  VALUES (p_id, p_key, v_hash, p_kind, p_bank, p_occurred_at,
          (p_occurred_at AT TIME ZONE 'Asia/Shanghai')::date)
  ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT j.id, j.body_hash INTO v_old FROM journal j WHERE j.key = p_key;
    IF v_old.body_hash IS DISTINCT FROM v_hash THEN
      RAISE EXCEPTION 'journal key % was used for another body', p_key USING ERRCODE = 'ES001';
    END IF;
    RETURN QUERY SELECT v_old.id, true;
    RETURN;
  END IF;
  PERFORM set_config('escrow.posting', 'on', true);
  -- Locked in one order for all callers, so that two journals never wait for each other.
  PERFORM 1 FROM account a WHERE a.bank_id = p_bank AND a.code = ANY (p_codes)
    ORDER BY a.id FOR NO KEY UPDATE;
  FOR i IN 1 .. cardinality(p_codes) LOOP
    IF p_amounts[i] IS NULL OR p_amounts[i] <= 0 OR p_signs[i] NOT IN (1, -1) THEN
      RAISE EXCEPTION 'journal % is malformed', p_key USING ERRCODE = 'ES004';
    END IF;
    v_debit := CASE WHEN p_signs[i] = 1 THEN p_amounts[i] ELSE 0 END;
    v_credit := p_amounts[i] - v_debit;
    UPDATE account a
    SET dr_posted = a.dr_posted + v_debit, cr_posted = a.cr_posted + v_credit,
        version = a.version + 1
    WHERE a.bank_id = p_bank AND a.code = p_codes[i]
      AND (a.kind NOT IN ('deposit', 'interest_payable')
           OR a.cr_posted + v_credit - a.dr_posted - v_debit - a.dr_pending >= 0)
    RETURNING a.id, a.version,
      CASE WHEN a.kind IN ('cash', 'bank_claim', 'interest_receivable')
      THEN a.dr_posted - a.cr_posted ELSE a.cr_posted - a.dr_posted END AS balance
    INTO v_account;
    IF NOT FOUND THEN
      PERFORM 1 FROM account a WHERE a.bank_id = p_bank AND a.code = p_codes[i];
      IF FOUND THEN
        RAISE EXCEPTION 'journal % overdraws %', p_key, p_codes[i] USING ERRCODE = 'ES002';
      END IF;
      RAISE EXCEPTION 'journal % names no account %', p_key, p_codes[i]
        USING ERRCODE = 'ES003';
    END IF;
    INSERT INTO entry (id, journal_id, account_id, account_version, side, amount_fen,
                       balance_after)
    VALUES (gen_random_uuid(), p_id, v_account.id, v_account.version,
            CASE WHEN p_signs[i] = 1 THEN 'debit' ELSE 'credit' END, p_amounts[i],
            v_account.balance);
  END LOOP;
  PERFORM set_config('escrow.posting', 'off', true);
  RETURN QUERY SELECT p_id, false;
END $$
"""

SETTLED_ONCE = (
    """CREATE FUNCTION settled_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.settled_at IS NOT NULL
         OR to_jsonb(OLD) - 'settled_at' IS DISTINCT FROM to_jsonb(NEW) - 'settled_at' THEN
        RAISE EXCEPTION 'a settlement changes only by being settled, once' USING ERRCODE = 'ES007';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER settlement_settled_once BEFORE UPDATE ON settlement
    FOR EACH ROW EXECUTE FUNCTION settled_once()""",
    """CREATE TRIGGER settlement_kept BEFORE DELETE ON settlement
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    for (table, column, name), values in WIDENED.items():
        _widen(table, column, name, values)
    op.drop_constraint(op.f("ck_account_deposit_not_negative"), "account", type_="check")
    op.create_check_constraint(
        op.f("ck_account_deposit_not_negative"),
        "account",
        "kind NOT IN ('deposit', 'interest_payable') OR cr_posted - dr_posted - dr_pending >= 0",
    )
    op.execute(POST_JOURNAL)
    op.execute(
        "INSERT INTO account (id, bank_id, code, kind, dr_pending, dr_posted, cr_pending,"
        " cr_posted, version) SELECT gen_random_uuid(), id, 'interest_receivable',"
        " 'interest_receivable', 0, 0, 0, 0, 0 FROM bank"
    )
    op.add_column(
        "refund",
        sa.Column("from_suspense", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("refund", "from_suspense", server_default=None)
    for column in ("payer_name", "payer_account"):
        op.add_column("deposit_verdict", sa.Column(column, sa.Text()))
    _create_settlements()
    for table in (
        "settlement_line",
        "settlement_approval",
        "settlement_batch",
        "settlement_payment",
    ):
        for statement in append_only(table):
            op.execute(statement)
    for statement in SETTLED_ONCE:
        op.execute(statement)


def _widen(table: str, column: str, name: str, values: str) -> None:
    constraint = f"ck_{table}_{name}"
    listed = ", ".join(f"'{value}'" for value in values.split())
    op.drop_constraint(op.f(constraint), table, type_="check")
    op.create_check_constraint(op.f(constraint), table, f"{column} IN ({listed})")


def _create_settlements() -> None:
    op.create_table(
        "settlement",
        _id(),
        sa.Column("lot_ref", sa.Uuid(), nullable=False, unique=True),
        sa.Column("centre_ref", sa.Uuid(), nullable=False, index=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("proposed_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("settled_at", TIME),
    )
    op.create_table(
        "settlement_line",
        _id(),
        _ref("settlement_id", "settlement.id"),
        sa.Column("bidder_ref", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                *RELEASE_REASONS.split(),
                name="release_reason",
                native_enum=False,
                create_constraint=True,
                length=64,
            ),
            nullable=False,
        ),
        _ref("sub_account_id", "sub_account.id", nullable=True),
        sa.UniqueConstraint("settlement_id", "bidder_ref"),
    )
    op.create_table(
        "settlement_approval",
        _id(),
        _ref("settlement_id", "settlement.id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("settlement_id", "digest", "person_id"),
    )
    op.create_table(
        "settlement_batch",
        _id(),
        _ref("settlement_id", "settlement.id"),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("value_day", sa.Date(), nullable=False),
        sa.Column("first_person", sa.Uuid(), nullable=False),
        sa.Column("second_person", sa.Uuid(), nullable=False),
        sa.Column("approved_at", TIME, nullable=False),
        sa.UniqueConstraint("settlement_id", "round"),
        sa.UniqueConstraint("settlement_id", "digest"),
        sa.CheckConstraint("first_person <> second_person", name="two_people"),
        *(
            sa.ForeignKeyConstraint(
                ["settlement_id", "digest", person],
                [f"settlement_approval.{c}" for c in ("settlement_id", "digest", "person_id")],
                name=f"fk_settlement_batch_{person}",
            )
            for person in ("first_person", "second_person")
        ),
    )
    op.create_table(
        "settlement_payment",
        _id(),
        _ref("batch_id", "settlement_batch.id"),
        _ref("line_id", "settlement_line.id", index=True),
        _ref("credit_id", "bank_entry.id"),
        _ref("refund_id", "refund.id", unique=True),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("to_account", sa.Text(), nullable=False),
        sa.Column("working", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("batch_id", "credit_id"),
    )


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _ref(
    name: str, target: str, *, nullable: bool = False, unique: bool = False, index: bool = False
) -> sa.Column[object]:
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey(target), nullable=nullable, unique=unique, index=index
    )


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

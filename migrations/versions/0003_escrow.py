"""escrow: the ledger and its posting call, sub-accounts, bookings, refunds, verdicts, banks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.db import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

POST_JOURNAL = """
CREATE FUNCTION post_journal(
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
      AND (a.kind <> 'deposit'
           OR a.cr_posted + v_credit - a.dr_posted - v_debit - a.dr_pending >= 0)
    RETURNING a.id, a.version, CASE WHEN a.kind IN ('cash', 'bank_claim')
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

GUARDS = (
    POST_JOURNAL,
    """CREATE FUNCTION journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      v_journal uuid := CASE TG_TABLE_NAME WHEN 'journal'
        THEN (to_jsonb(NEW) ->> 'id')::uuid ELSE (to_jsonb(NEW) ->> 'journal_id')::uuid END;
      v_sum numeric;
      v_legs bigint;
    BEGIN
      SELECT sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END), count(*)
      INTO v_sum, v_legs FROM entry WHERE journal_id = v_journal;
      IF v_legs < 2 OR v_sum <> 0 THEN
        RAISE EXCEPTION 'journal % does not sum to zero', v_journal USING ERRCODE = 'ES005';
      END IF;
      RETURN NULL;
    END $$""",
    """CREATE CONSTRAINT TRIGGER journal_zero_sum AFTER INSERT ON journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balances()""",
    """CREATE CONSTRAINT TRIGGER entry_zero_sum AFTER INSERT ON entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balances()""",
    """CREATE FUNCTION only_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.version <> 0 OR NEW.dr_posted <> 0 OR NEW.cr_posted <> 0 THEN
          RAISE EXCEPTION 'an account opens at zero' USING ERRCODE = 'ES006';
        END IF;
      ELSIF coalesce(current_setting('escrow.posting', true), '') <> 'on'
            OR (NEW.id, NEW.bank_id, NEW.code, NEW.kind)
               IS DISTINCT FROM (OLD.id, OLD.bank_id, OLD.code, OLD.kind) THEN
        RAISE EXCEPTION 'accounts change by posting only' USING ERRCODE = 'ES006';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER account_by_posting BEFORE INSERT OR UPDATE ON account
    FOR EACH ROW EXECUTE FUNCTION only_by_posting()""",
    """CREATE TRIGGER account_kept BEFORE DELETE ON account
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER account_no_truncate BEFORE TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    _create_ledger()
    _create_bookings()
    _create_refunds()
    _create_deposits()
    _create_banks()
    for table in ("journal", "entry", "bank_entry", "deposit_verdict"):
        for statement in append_only(table):
            op.execute(statement)
    for statement in GUARDS:
        op.execute(statement)


def _create_ledger() -> None:
    op.create_table(
        "bank",
        _id(),
        sa.Column("code", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
    )
    op.create_table(
        "master_account",
        _id(),
        _ref("bank_id", "bank.id", unique=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.create_table(
        "account",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("code", sa.Text(), nullable=False),
        _state("kind", "account_kind", "cash deposit suspense refund_clearing bank_claim"),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("dr_pending", "dr_posted", "cr_pending", "cr_posted", "version")
        ),
        sa.UniqueConstraint("bank_id", "code"),
        sa.CheckConstraint(
            "dr_pending >= 0 AND dr_posted >= 0 AND cr_pending >= 0 AND cr_posted >= 0",
            name="counters",
        ),
        sa.CheckConstraint(
            "kind <> 'deposit' OR cr_posted - dr_posted - dr_pending >= 0",
            name="deposit_not_negative",
        ),
    )
    op.create_table(
        "journal",
        _id(),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        _state(
            "kind",
            "journal_kind",
            "credit reversal refund_ordered refund_failed refund_settled refund_returned"
            " unexplained_debit",
        ),
        _ref("bank_id", "bank.id"),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False, server_default=sa.func.legal_now()),
        sa.Column("ledger_day", sa.Date(), nullable=False),
    )
    op.create_table(
        "entry",
        _id(),
        _ref("journal_id", "journal.id", index=True),
        _ref("account_id", "account.id"),
        sa.Column("account_version", sa.BigInteger(), nullable=False),
        _state("side", "side", "debit credit"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("account_id", "account_version"),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
    )


def _create_bookings() -> None:
    op.create_table(
        "sealing_key",
        _id(),
        sa.Column("public_key", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "sub_account",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("number", sa.Text(), nullable=False, unique=True),
        _state("state", "sub_account_state", "pool claimed released"),
        sa.Column("token_hash", sa.LargeBinary(), unique=True),
        sa.Column("token_key", sa.LargeBinary()),
        sa.Column("return_by", sa.Date()),
        sa.CheckConstraint(
            "(state = 'pool') = (token_hash IS NULL) AND "
            "(state = 'pool') = (token_key IS NULL) AND "
            "(state = 'pool') = (return_by IS NULL)",
            name="claimed_by_token",
        ),
    )
    _partial("ix_sub_account_pool", "sub_account", "bank_id", "state = 'pool'")
    op.create_table(
        "bank_entry",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("bank_ref", sa.Text(), nullable=False),
        _ref("sub_account_id", "sub_account.id", nullable=True, index=True),
        _state(
            "kind",
            "entry_kind",
            "credit reversal refund_settled refund_returned unexplained_debit",
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", TIME, nullable=False),
        sa.Column("end_to_end", sa.Text()),
        sa.Column("reverses", sa.Text()),
        sa.Column("payer_for_worker", sa.LargeBinary()),
        sa.Column("payer_for_owner", sa.LargeBinary()),
        _ref("journal_id", "journal.id"),
        sa.UniqueConstraint("bank_id", "bank_ref"),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
    )
    op.create_index("ix_bank_entry_reverses", "bank_entry", ["bank_id", "reverses"])


def _create_refunds() -> None:
    op.create_table(
        "refund",
        _id(),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        _ref("bank_id", "bank.id"),
        _ref("credit_id", "bank_entry.id", index=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        _state(
            "reason",
            "refund_reason",
            "withdrawn lot_failed bid_rejected not_selected unclaimed wrong_payer"
            " personal_payer excess unknown_sub after_release",
        ),
        _state(
            "state",
            "refund_state",
            "ordered sent unknown accepted settled rejected returned",
        ),
        sa.Column("ordered_at", TIME, nullable=False),
        sa.Column("sent_at", TIME),
        sa.Column("asked_at", TIME),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("bank_word", sa.Text()),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sa.CheckConstraint("interest_fen >= 0", name="interest"),
    )
    _partial(
        "ix_refund_waiting",
        "refund",
        "ordered_at",
        "state IN ('ordered', 'sent', 'unknown')",
    )


def _create_deposits() -> None:
    op.create_table(
        "feed",
        sa.Column("bank_id", sa.Uuid(), sa.ForeignKey("bank.id"), primary_key=True),
        sa.Column("complete_until", TIME, nullable=False),
    )
    op.create_table(
        "deposit_verdict",
        _id(),
        sa.Column("lot_ref", sa.Uuid(), nullable=False),
        sa.Column("bidder_ref", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _ref("sub_account_id", "sub_account.id", nullable=True, index=True),
        _state(
            "outcome",
            "outcome",
            "ok over split short late not_basic_account name_mismatch reversed duplicate"
            " unknown_sub",
        ),
        _state("finality", "finality", "provisional final"),
        sa.Column("verdict", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.UniqueConstraint("lot_ref", "bidder_ref", "version"),
    )


def _create_banks() -> None:
    op.create_table(
        "bank_key",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", TIME, nullable=False),
        sa.Column("retired_at", TIME),
        sa.UniqueConstraint("bank_id", "key_id"),
    )
    op.create_table(
        "bank_link",
        sa.Column("bank_id", sa.Uuid(), sa.ForeignKey("bank.id"), primary_key=True),
        _state("state", "link_state", "up behind down"),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("cause", sa.Text()),
    )
    op.create_table(
        "inbox",
        _id(),
        _ref("bank_id", "bank.id"),
        sa.Column("event_id", sa.Text(), nullable=False),
        _state("origin", "origin", "push poll"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("covers_until", TIME),
        sa.Column("received_at", TIME, nullable=False),
        _state("state", "inbox_state", "received done quarantined alarm"),
        sa.Column("cause", sa.Text()),
        sa.UniqueConstraint("bank_id", "event_id"),
    )
    _partial("ix_inbox_waiting", "inbox", "received_at", "state = 'received'")
    op.create_table(
        "inbox_repeat",
        _id(),
        _ref("inbox_id", "inbox.id", index=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _ref(
    name: str, target: str, *, nullable: bool = False, unique: bool = False, index: bool = False
) -> sa.Column[object]:
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey(target), nullable=nullable, unique=unique, index=index
    )


def _state(column: str, name: str, values: str) -> sa.Column[object]:
    return sa.Column(
        column,
        sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=64),
        nullable=False,
    )


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], postgresql_where=sa.text(where))


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

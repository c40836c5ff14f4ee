"""escrow: journals posted many at once; zero-sum held at the statement as well as at the commit."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

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
  v_accounts uuid[];
  v_versions bigint[];
  v_balances bigint[];
BEGIN
  IF coalesce(cardinality(p_codes), 0) < 2 OR cardinality(p_codes) <> cardinality(p_signs)
     OR cardinality(p_codes) <> cardinality(p_amounts) THEN
    RAISE EXCEPTION 'journal % is malformed', p_key USING ERRCODE = 'ES004', DETAIL = p_key;
  END IF;
  INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, ledger_day)
  VALUES (p_id, p_key, v_hash, p_kind, p_bank, p_occurred_at,
          (p_occurred_at AT TIME ZONE 'Asia/Shanghai')::date)
  ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT j.id, j.body_hash INTO v_old FROM journal j WHERE j.key = p_key;
    IF v_old.body_hash IS DISTINCT FROM v_hash THEN
      RAISE EXCEPTION 'journal key % was used for another body', p_key
        USING ERRCODE = 'ES001', DETAIL = p_key;
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
      RAISE EXCEPTION 'journal % is malformed', p_key USING ERRCODE = 'ES004', DETAIL = p_key;
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
        RAISE EXCEPTION 'journal % overdraws %', p_key, p_codes[i]
          USING ERRCODE = 'ES002', DETAIL = p_key;
      END IF;
      RAISE EXCEPTION 'journal % names no account %', p_key, p_codes[i]
        USING ERRCODE = 'ES003', DETAIL = p_key;
    END IF;
    v_accounts := array_append(v_accounts, v_account.id);
    v_versions := array_append(v_versions, v_account.version);
    v_balances := array_append(v_balances, v_account.balance);
  END LOOP;
  -- One statement for all legs: a statement that does not balance is refused whole.
  INSERT INTO entry (id, journal_id, account_id, account_version, side, amount_fen, balance_after)
  SELECT gen_random_uuid(), p_id, t.account_id, t.version,
         CASE WHEN t.sign = 1 THEN 'debit' ELSE 'credit' END, t.amount, t.balance
  FROM unnest(v_accounts, v_versions, p_signs, p_amounts, v_balances)
    AS t (account_id, version, sign, amount, balance);
  PERFORM set_config('escrow.posting', 'off', true);
  RETURN QUERY SELECT p_id, false;
END $$
"""

POST_JOURNALS = """
CREATE FUNCTION post_journals(
  p_ids uuid[], p_keys text[], p_kinds text[], p_banks uuid[], p_times timestamptz[],
  p_of integer[], p_codes text[], p_signs smallint[], p_amounts bigint[]
) RETURNS TABLE (journal_id uuid, replayed boolean) LANGUAGE plpgsql AS $$
-- As if post_journal were called for one after another; whole or nothing. `p_of` says for each leg
-- the number of its journal, counted from 1.
DECLARE
  v_hashes bytea[];
  v_shortest bigint;
  v_new uuid[];
  v_key text;
  v_unknown boolean;
BEGIN
  SELECT array_agg(sha256(convert_to(jsonb_build_array(j.kind, j.bank, extract(epoch FROM j.at),
           l.codes, l.signs, l.amounts)::text, 'UTF8')) ORDER BY j.n),
         coalesce(min(coalesce(l.legs, 0)), 2)
  INTO v_hashes, v_shortest
  FROM unnest(p_kinds, p_banks, p_times) WITH ORDINALITY AS j (kind, bank, at, n)
  LEFT JOIN (
    SELECT t.of, count(*) AS legs, array_agg(t.code ORDER BY t.m) AS codes,
           array_agg(t.sign ORDER BY t.m) AS signs, array_agg(t.amount ORDER BY t.m) AS amounts
    FROM unnest(p_of, p_codes, p_signs, p_amounts) WITH ORDINALITY AS t (of, code, sign, amount, m)
    GROUP BY t.of
  ) l ON l.of = j.n;
  IF v_shortest < 2
     OR EXISTS (SELECT 1 FROM unnest(p_of, p_codes, p_signs, p_amounts) AS t (of, code, sign, amount)
                WHERE t.code IS NULL OR coalesce(t.amount, 0) <= 0
                   OR coalesce(t.sign, 0) NOT IN (1, -1)
                   OR coalesce(t.of, 0) NOT BETWEEN 1 AND cardinality(p_ids)) THEN
    RAISE EXCEPTION 'a journal of the batch is malformed' USING ERRCODE = 'ES004';
  END IF;
  WITH put AS (
    INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, ledger_day)
    SELECT j.id, j.key, j.hash, j.kind, j.bank, j.at, (j.at AT TIME ZONE 'Asia/Shanghai')::date
    FROM unnest(p_ids, p_keys, v_hashes, p_kinds, p_banks, p_times)
      WITH ORDINALITY AS j (id, key, hash, kind, bank, at, n)
    ORDER BY j.n
    ON CONFLICT (key) DO NOTHING
    RETURNING journal.id
  )
  SELECT array_agg(put.id) INTO v_new FROM put;
  SELECT t.key INTO v_key
  FROM unnest(p_keys, v_hashes) AS t (key, hash) JOIN journal j ON j.key = t.key
  WHERE j.body_hash <> t.hash LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal key % was used for another body', v_key
      USING ERRCODE = 'ES001', DETAIL = v_key;
  END IF;
  IF v_new IS NOT NULL THEN
    PERFORM set_config('escrow.posting', 'on', true);
    -- Locked in the order that post_journal uses too.
    PERFORM 1 FROM account a
    WHERE (a.bank_id, a.code) IN (
      SELECT p_banks[t.of], t.code FROM unnest(p_of, p_codes) AS t (of, code))
    ORDER BY a.id FOR NO KEY UPDATE;
    WITH legs AS MATERIALIZED (
      SELECT p_ids[t.of] AS journal_id, p_keys[t.of] AS key, a.id AS account_id, t.sign, t.amount,
             a.kind IN ('deposit', 'interest_payable') AS kept_positive,
             a.version + row_number() OVER w AS version,
             (a.dr_posted + sum(CASE WHEN t.sign = 1 THEN t.amount ELSE 0 END) OVER w)::bigint
               AS debit,
             (a.cr_posted + sum(CASE WHEN t.sign = 1 THEN 0 ELSE t.amount END) OVER w)::bigint
               AS credit,
             a.dr_pending,
             CASE WHEN a.kind IN ('cash', 'bank_claim', 'interest_receivable') THEN 1 ELSE -1 END
               AS natural_side,
             row_number() OVER (PARTITION BY a.id ORDER BY t.m DESC) = 1 AS is_last
      FROM unnest(p_of, p_codes, p_signs, p_amounts)
        WITH ORDINALITY AS t (of, code, sign, amount, m)
      LEFT JOIN account a ON a.bank_id = p_banks[t.of] AND a.code = t.code
      WHERE p_ids[t.of] = ANY (v_new)
      WINDOW w AS (PARTITION BY a.id ORDER BY t.m ROWS UNBOUNDED PRECEDING)
    ), bad AS MATERIALIZED (
      SELECT key, account_id IS NULL AS unknown FROM legs
      WHERE account_id IS NULL OR (kept_positive AND credit - debit - dr_pending < 0)
      LIMIT 1
    ), moved AS (
      UPDATE account a SET dr_posted = l.debit, cr_posted = l.credit, version = l.version
      FROM legs l WHERE l.is_last AND a.id = l.account_id AND NOT EXISTS (SELECT 1 FROM bad)
    ), put AS (
      INSERT INTO entry (id, journal_id, account_id, account_version, side, amount_fen,
                         balance_after)
      SELECT gen_random_uuid(), l.journal_id, l.account_id, l.version,
             CASE WHEN l.sign = 1 THEN 'debit' ELSE 'credit' END, l.amount,
             (l.debit - l.credit) * l.natural_side
      FROM legs l WHERE NOT EXISTS (SELECT 1 FROM bad)
    )
    SELECT bad.key, bad.unknown INTO v_key, v_unknown FROM bad;
    IF FOUND THEN
      RAISE EXCEPTION 'journal % cannot be posted', v_key
        USING ERRCODE = CASE WHEN v_unknown THEN 'ES003' ELSE 'ES002' END, DETAIL = v_key;
    END IF;
    PERFORM set_config('escrow.posting', 'off', true);
  END IF;
  RETURN QUERY SELECT j.id, j.id <> t.id
    FROM unnest(p_ids, p_keys) WITH ORDINALITY AS t (id, key, n)
    JOIN journal j ON j.key = t.key ORDER BY t.n;
END $$
"""

BALANCED = (
    """CREATE FUNCTION entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT 1 FROM fresh GROUP BY journal_id
        HAVING sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END) <> 0
      ) THEN
        RAISE EXCEPTION 'entries of a journal do not sum to zero' USING ERRCODE = 'ES005';
      END IF;
      RETURN NULL;
    END $$""",
    # A statement of entries balances by itself, so a journal that is whole can never be tilted
    # later; that a journal has entries at all is still asked at the commit.
    """CREATE TRIGGER entry_statement_balances AFTER INSERT ON entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION entries_balance()""",
    "DROP TRIGGER entry_zero_sum ON entry",
    "DROP TRIGGER journal_zero_sum ON journal",
    "DROP FUNCTION journal_balances",
    """CREATE FUNCTION journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      v_sum numeric;
      v_legs bigint;
    BEGIN
      SELECT sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END), count(*)
      INTO v_sum, v_legs FROM entry WHERE journal_id = NEW.id;
      IF v_legs < 2 OR v_sum <> 0 THEN
        RAISE EXCEPTION 'journal % does not sum to zero', NEW.id USING ERRCODE = 'ES005';
      END IF;
      RETURN NULL;
    END $$""",
    """CREATE CONSTRAINT TRIGGER journal_zero_sum AFTER INSERT ON journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balances()""",
)


def upgrade() -> None:
    for statement in (POST_JOURNAL, POST_JOURNALS, *BALANCED):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

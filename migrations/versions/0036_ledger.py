"""escrow: a posting in fewer steps; a journal says how many legs it has, and none joins it later.

A CHECK or a trigger's WHEN is parsed anew by every statement, and each costs more than the row it
guards: what a posting call asks at each row is asked in functions, which PostgreSQL keeps compiled.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

LEGS = (
    "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
    "ALTER TABLE entry DISABLE TRIGGER entry_append_only",
    "ALTER TABLE journal ADD COLUMN legs smallint",
    "UPDATE journal SET legs = (SELECT count(*) FROM entry WHERE journal_id = journal.id)",
    "ALTER TABLE entry ADD COLUMN leg smallint, ADD COLUMN legs smallint",
    """UPDATE entry SET leg = told.leg, legs = told.legs FROM (
      SELECT id, row_number() OVER (PARTITION BY journal_id ORDER BY ctid) AS leg,
             count(*) OVER (PARTITION BY journal_id) AS legs
      FROM entry) told WHERE entry.id = told.id""",
    # Pending events of the deferred guards would forbid the changes below.
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ALTER TABLE journal ENABLE TRIGGER journal_append_only",
    "ALTER TABLE entry ENABLE TRIGGER entry_append_only",
    "ALTER TABLE journal ALTER legs SET NOT NULL",
    "ALTER TABLE journal ADD CONSTRAINT uq_journal_id_legs UNIQUE (id, legs)",
    "ALTER TABLE entry ALTER leg SET NOT NULL, ALTER legs SET NOT NULL",
    """ALTER TABLE entry DROP CONSTRAINT pk_entry, DROP COLUMN id,
    ADD CONSTRAINT pk_entry PRIMARY KEY (journal_id, leg)""",
    """ALTER TABLE entry DROP CONSTRAINT fk_entry_journal_id_journal,
    ADD CONSTRAINT fk_entry_journal_id_journal FOREIGN KEY (journal_id, legs)
    REFERENCES journal (id, legs)""",
    "DROP INDEX ix_entry_journal_id",
    "ALTER TABLE entry ADD CONSTRAINT ck_entry_leg CHECK (leg BETWEEN 1 AND legs)",
    # Room for the next version beside each: counters change without touching an index.
    "ALTER TABLE account SET (fillfactor = 50)",
)

GUARDS = (
    "DROP TRIGGER entry_statement_balances ON entry",
    "DROP FUNCTION entries_balance",
    "DROP TRIGGER journal_day_open ON journal",
    "DROP FUNCTION journal_day_open",
    "DROP TRIGGER journal_into_open_day ON journal",
    "DROP FUNCTION journal_into_open_day",
    # At the commit a journal has the legs it told of, they sum to zero, and its day is open: the
    # foreign key holds a key-share lock on the bank since the INSERT, and a closing waits for it.
    """CREATE OR REPLACE FUNCTION journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM day_seal WHERE bank_id = NEW.bank_id AND day = NEW.ledger_day) THEN
        RAISE EXCEPTION 'the day of a journal is closed' USING ERRCODE = 'ES006';
      END IF;
      IF NEW.legs < 2 OR (
        SELECT count(*) <> NEW.legs
               OR sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END) <> 0
        FROM entry WHERE journal_id = NEW.id) THEN
        RAISE EXCEPTION 'journal % does not sum to zero', NEW.id USING ERRCODE = 'ES005';
      END IF;
      RETURN NULL;
    END $$""",
    "DROP TRIGGER account_by_posting ON account",
    "DROP FUNCTION only_by_posting",
    """CREATE FUNCTION only_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_setting('escrow.posting', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'accounts change by posting only' USING ERRCODE = 'ES008';
      END IF;
      RETURN NULL;
    END $$""",
    """CREATE TRIGGER account_by_posting BEFORE UPDATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION only_by_posting()""",
    """CREATE TRIGGER account_stays BEFORE UPDATE OF id, bank_id, code, kind ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """CREATE FUNCTION opens_at_zero() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.version <> 0 OR NEW.dr_posted <> 0 OR NEW.cr_posted <> 0
         OR NEW.dr_pending <> 0 OR NEW.cr_pending <> 0 THEN
        RAISE EXCEPTION 'an account opens at zero' USING ERRCODE = 'ES008';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER account_opens_at_zero BEFORE INSERT ON account
    FOR EACH ROW EXECUTE FUNCTION opens_at_zero()""",
)

POST_JOURNAL = """
CREATE FUNCTION post_journal(
  p_id uuid, p_key text, p_kind text, p_bank uuid, p_occurred_at timestamptz,
  p_codes text[], p_signs smallint[], p_amounts bigint[]
) RETURNS uuid LANGUAGE plpgsql AS $$
-- Answers p_id, or the id under which the same journal was posted before.
DECLARE
  v_hash bytea := sha256(convert_to(jsonb_build_array(
    p_kind, p_bank, extract(epoch FROM p_occurred_at), p_codes, p_signs, p_amounts)::text, 'UTF8'));
  v_legs integer := coalesce(cardinality(p_codes), 0);
  v_order integer[] := '{2,1}';
  v_leg integer;
  v_debit bigint;
  v_credit bigint;
  v_account uuid;
  v_version bigint;
  v_balance bigint;
  v_old record;
BEGIN
  IF v_legs < 2 OR v_legs <> coalesce(cardinality(p_signs), 0)
     OR v_legs <> coalesce(cardinality(p_amounts), 0) THEN
    RAISE EXCEPTION 'journal % is malformed', p_key USING ERRCODE = 'ES004', DETAIL = p_key;
  END IF;
  -- What a bank tells late belongs to its first open day: money is never refused.
  INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, ledger_day, legs)
  VALUES (p_id, p_key, v_hash, p_kind, p_bank, p_occurred_at,
          greatest((p_occurred_at AT TIME ZONE 'Asia/Shanghai')::date,
                   (SELECT max(day) + 1 FROM day_seal WHERE bank_id = p_bank)), v_legs)
  ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT j.id, j.body_hash INTO v_old FROM journal j WHERE j.key = p_key;
    IF v_old.body_hash IS DISTINCT FROM v_hash THEN
      RAISE EXCEPTION 'journal key % was used for another body', p_key
        USING ERRCODE = 'ES001', DETAIL = p_key;
    END IF;
    RETURN v_old.id;
  END IF;
  -- One order for all callers, so that two journals never wait for each other; backwards, so that
  -- the bank's one cash account is taken last and held for the shortest time.
  IF v_legs > 2 OR p_codes[1] >= p_codes[2] THEN
    v_order := ARRAY(SELECT t.n::integer FROM unnest(p_codes) WITH ORDINALITY AS t (code, n)
                     ORDER BY t.code DESC, t.n);
  END IF;
  v_debit := length(set_config('escrow.posting', 'on', true));
  FOREACH v_leg IN ARRAY v_order LOOP
    IF p_amounts[v_leg] > 0 AND p_signs[v_leg] = 1 THEN
      v_debit := p_amounts[v_leg]; v_credit := 0;
    ELSIF p_amounts[v_leg] > 0 AND p_signs[v_leg] = -1 THEN
      v_debit := 0; v_credit := p_amounts[v_leg];
    ELSE
      RAISE EXCEPTION 'journal % is malformed', p_key USING ERRCODE = 'ES004', DETAIL = p_key;
    END IF;
    UPDATE account a
    SET dr_posted = a.dr_posted + v_debit, cr_posted = a.cr_posted + v_credit,
        version = a.version + 1
    WHERE a.bank_id = p_bank AND a.code = p_codes[v_leg]
      AND (a.kind NOT IN ('deposit', 'interest_payable')
           OR a.cr_posted + v_credit - a.dr_posted - v_debit - a.dr_pending >= 0)
    RETURNING a.id, a.version,
      CASE WHEN a.kind IN ('cash', 'bank_claim', 'interest_receivable')
      THEN a.dr_posted - a.cr_posted ELSE a.cr_posted - a.dr_posted END
    INTO v_account, v_version, v_balance;
    IF NOT FOUND THEN
      PERFORM 1 FROM account a WHERE a.bank_id = p_bank AND a.code = p_codes[v_leg];
      RAISE EXCEPTION 'journal % cannot be posted on %', p_key, p_codes[v_leg]
        USING ERRCODE = CASE WHEN FOUND THEN 'ES002' ELSE 'ES003' END, DETAIL = p_key;
    END IF;
    INSERT INTO entry (journal_id, leg, legs, account_id, account_version, side, amount_fen,
                     balance_after)
    VALUES (p_id, v_leg, v_legs, v_account, v_version,
            CASE p_signs[v_leg] WHEN 1 THEN 'debit' ELSE 'credit' END, p_amounts[v_leg], v_balance);
  END LOOP;
  v_debit := length(set_config('escrow.posting', 'off', true));
  RETURN p_id;
END $$
"""

POST_JOURNALS = """
CREATE OR REPLACE FUNCTION post_journals(
  p_ids uuid[], p_keys text[], p_kinds text[], p_banks uuid[], p_times timestamptz[],
  p_of integer[], p_codes text[], p_signs smallint[], p_amounts bigint[]
) RETURNS TABLE (journal_id uuid, replayed boolean) LANGUAGE plpgsql AS $$
-- As if post_journal were called for one after another; whole or nothing. `p_of` says for each leg
-- the number of its journal, counted from 1.
DECLARE
  v_hashes bytea[];
  v_legs smallint[];
  v_new uuid[];
  v_key text;
  v_unknown boolean;
BEGIN
  SELECT array_agg(sha256(convert_to(jsonb_build_array(j.kind, j.bank, extract(epoch FROM j.at),
           l.codes, l.signs, l.amounts)::text, 'UTF8')) ORDER BY j.n),
         array_agg(coalesce(l.legs, 0) ORDER BY j.n)
  INTO v_hashes, v_legs
  FROM unnest(p_kinds, p_banks, p_times) WITH ORDINALITY AS j (kind, bank, at, n)
  LEFT JOIN (
    SELECT t.of, count(*) AS legs, array_agg(t.code ORDER BY t.m) AS codes,
           array_agg(t.sign ORDER BY t.m) AS signs, array_agg(t.amount ORDER BY t.m) AS amounts
    FROM unnest(p_of, p_codes, p_signs, p_amounts) WITH ORDINALITY AS t (of, code, sign, amount, m)
    GROUP BY t.of
  ) l ON l.of = j.n;
  IF 2 > ANY (v_legs)
     OR EXISTS (SELECT 1 FROM unnest(p_of, p_codes, p_signs, p_amounts) AS t (of, code, sign, amount)
                WHERE t.code IS NULL OR coalesce(t.amount, 0) <= 0
                   OR coalesce(t.sign, 0) NOT IN (1, -1)
                   OR coalesce(t.of, 0) NOT BETWEEN 1 AND cardinality(p_ids)) THEN
    RAISE EXCEPTION 'a journal of the batch is malformed' USING ERRCODE = 'ES004';
  END IF;
  WITH put AS (
    INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, ledger_day, legs)
    SELECT j.id, j.key, j.hash, j.kind, j.bank, j.at,
           greatest((j.at AT TIME ZONE 'Asia/Shanghai')::date,
                    (SELECT max(day) + 1 FROM day_seal WHERE bank_id = j.bank)), j.legs
    FROM unnest(p_ids, p_keys, v_hashes, p_kinds, p_banks, p_times, v_legs)
      WITH ORDINALITY AS j (id, key, hash, kind, bank, at, legs, n)
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
    -- Locked in the order that post_journal keeps too.
    PERFORM 1 FROM account a
    WHERE (a.bank_id, a.code) IN (
      SELECT p_banks[t.of], t.code FROM unnest(p_of, p_codes) AS t (of, code))
    ORDER BY a.bank_id, a.code DESC FOR NO KEY UPDATE;
    WITH legs AS MATERIALIZED (
      SELECT p_ids[t.of] AS journal_id, v_legs[t.of] AS legs,
             row_number() OVER (PARTITION BY t.of ORDER BY t.m) AS leg,
             p_keys[t.of] AS key, a.id AS account_id, t.sign, t.amount,
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
      INSERT INTO entry (journal_id, leg, legs, account_id, account_version, side, amount_fen,
                         balance_after)
      SELECT l.journal_id, l.leg, l.legs, l.account_id, l.version,
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


def upgrade() -> None:
    for statement in (*LEGS, *GUARDS, "DROP FUNCTION post_journal", POST_JOURNAL, POST_JOURNALS):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history goes forward only")

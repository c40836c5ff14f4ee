-- The peer: pgledger's approach, written anew. Like it, a call makes a list of one transfer and hands
-- it to the function for many, which locks the accounts in order, moves balance and version of each,
-- asks a helper about each account's limits, keeps one transfer and two entries with the balances
-- before and after, and answers with the transfer as a view shows it. Ids are texts: a prefix and a
-- ULID made of a UUIDv7. It has no idempotency key, no body hash, no bank, no closed days, and
-- nothing that keeps history from being changed or a sum from being tilted.
CREATE FUNCTION t_id(p_prefix text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_bits bit(130) := B'00' || ('x' || replace(uuidv7()::text, '-', ''))::bit(128);
  v_id text := p_prefix;
BEGIN
  FOR i IN 0..25 LOOP
    v_id := v_id || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
                           substring(v_bits FROM 5 * i + 1 FOR 5)::integer + 1, 1);
  END LOOP;
  RETURN v_id;
END $$;
CREATE TABLE t_account (
  id text PRIMARY KEY DEFAULT t_id('ta_'), name text NOT NULL, currency text NOT NULL,
  balance numeric NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0,
  may_be_negative boolean NOT NULL, may_be_positive boolean NOT NULL, metadata jsonb,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE t_transfer (
  id text PRIMARY KEY DEFAULT t_id('tt_'),
  source text NOT NULL REFERENCES t_account, target text NOT NULL REFERENCES t_account,
  amount numeric NOT NULL, created_at timestamptz NOT NULL, event_at timestamptz NOT NULL,
  metadata jsonb, CHECK (amount > 0 AND source <> target));
CREATE INDEX ON t_transfer (source);
CREATE INDEX ON t_transfer (target);
CREATE INDEX ON t_transfer (event_at);
CREATE TABLE t_entry (
  id text PRIMARY KEY DEFAULT t_id('te_'), account text NOT NULL REFERENCES t_account,
  transfer text NOT NULL REFERENCES t_transfer, amount numeric NOT NULL,
  before numeric NOT NULL, after numeric NOT NULL, version bigint NOT NULL,
  created_at timestamptz NOT NULL);
CREATE INDEX ON t_entry (account);
CREATE INDEX ON t_entry (transfer);
CREATE VIEW t_transfers AS
SELECT id, source, target, amount, created_at, event_at, metadata FROM t_transfer;
CREATE TYPE t_wish AS (source text, target text, amount numeric);

CREATE FUNCTION t_within_limits(p t_account) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p.balance < 0 AND NOT p.may_be_negative THEN
    RAISE EXCEPTION '% must not be negative', p.name;
  END IF;
  IF p.balance > 0 AND NOT p.may_be_positive THEN
    RAISE EXCEPTION '% must not be positive', p.name;
  END IF;
END $$;

CREATE FUNCTION transfers(p_wishes t_wish[], p_event_at timestamptz, p_metadata jsonb)
RETURNS SETOF t_transfers LANGUAGE plpgsql AS $$
DECLARE
  v_wish t_wish;
  v_names text[] := '{}';
  v_one text;
  v_source t_account;
  v_target t_account;
  v_made text[] := '{}';
BEGIN
  FOREACH v_wish IN ARRAY p_wishes LOOP
    v_names := v_names || v_wish.source || v_wish.target;
  END LOOP;
  FOREACH v_one IN ARRAY ARRAY(SELECT DISTINCT n FROM unnest(v_names) n ORDER BY n) LOOP
    PERFORM 1 FROM t_account WHERE id = v_one FOR UPDATE;
  END LOOP;
  FOREACH v_wish IN ARRAY p_wishes LOOP
    IF v_wish.amount <= 0 OR v_wish.source = v_wish.target THEN
      RAISE EXCEPTION 'no such transfer';
    END IF;
    UPDATE t_account
    SET balance = balance - v_wish.amount, version = version + 1, updated_at = now()
    WHERE id = v_wish.source RETURNING * INTO v_source;
    PERFORM t_within_limits(v_source);
    UPDATE t_account
    SET balance = balance + v_wish.amount, version = version + 1, updated_at = now()
    WHERE id = v_wish.target RETURNING * INTO v_target;
    PERFORM t_within_limits(v_target);
    IF v_source.currency <> v_target.currency THEN
      RAISE EXCEPTION 'two currencies';
    END IF;
    INSERT INTO t_transfer (source, target, amount, created_at, event_at, metadata)
    VALUES (v_wish.source, v_wish.target, v_wish.amount, now(), coalesce(p_event_at, now()),
            p_metadata) RETURNING id INTO v_one;
    v_made := v_made || v_one;
    INSERT INTO t_entry (account, transfer, amount, before, after, version, created_at)
    VALUES (v_wish.source, v_one, -v_wish.amount, v_source.balance + v_wish.amount,
            v_source.balance, v_source.version, now());
    INSERT INTO t_entry (account, transfer, amount, before, after, version, created_at)
    VALUES (v_wish.target, v_one, v_wish.amount, v_target.balance - v_wish.amount,
            v_target.balance, v_target.version, now());
  END LOOP;
  RETURN QUERY SELECT * FROM t_transfers WHERE id = ANY (v_made) ORDER BY id;
END $$;

CREATE FUNCTION transfer(
  p_source text, p_target text, p_amount numeric, p_event_at timestamptz DEFAULT NULL,
  p_metadata jsonb DEFAULT NULL
) RETURNS SETOF t_transfers LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT * FROM transfers(
    ARRAY[(p_source, p_target, p_amount)::t_wish], p_event_at, p_metadata);
END $$;

-- The peer: transfers between two accounts in one call, in the manner of pgledger (locks in order,
-- balance and version on the account, one transfer and two entries with the balances they left).
-- It keeps no idempotency key, no body hash, no bank, no append-only or zero-sum guard.
CREATE TABLE t_account (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL UNIQUE,
  balance numeric NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0,
  may_be_negative boolean NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE t_transfer (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source uuid NOT NULL REFERENCES t_account, target uuid NOT NULL REFERENCES t_account,
  amount numeric NOT NULL CHECK (amount > 0), created_at timestamptz NOT NULL,
  event_at timestamptz NOT NULL, CHECK (source <> target));
CREATE INDEX ON t_transfer (source);
CREATE INDEX ON t_transfer (target);
CREATE INDEX ON t_transfer (event_at);
CREATE TABLE t_entry (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account uuid NOT NULL REFERENCES t_account,
  transfer uuid NOT NULL REFERENCES t_transfer, amount numeric NOT NULL,
  before numeric NOT NULL, after numeric NOT NULL, version bigint NOT NULL,
  created_at timestamptz NOT NULL);
CREATE INDEX ON t_entry (account);
CREATE INDEX ON t_entry (transfer);

CREATE FUNCTION transfer(p_source uuid, p_target uuid, p_amount numeric) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  v_source t_account;
  v_target t_account;
  v_one uuid;
  v_id uuid;
BEGIN
  FOREACH v_one IN ARRAY ARRAY[least(p_source, p_target), greatest(p_source, p_target)] LOOP
    PERFORM 1 FROM t_account WHERE id = v_one FOR UPDATE;
  END LOOP;
  UPDATE t_account SET balance = balance - p_amount, version = version + 1, updated_at = now()
  WHERE id = p_source RETURNING * INTO v_source;
  IF NOT v_source.may_be_negative AND v_source.balance < 0 THEN
    RAISE EXCEPTION 'no negative balance';
  END IF;
  UPDATE t_account SET balance = balance + p_amount, version = version + 1, updated_at = now()
  WHERE id = p_target RETURNING * INTO v_target;
  INSERT INTO t_transfer (source, target, amount, created_at, event_at)
  VALUES (p_source, p_target, p_amount, now(), now()) RETURNING id INTO v_id;
  INSERT INTO t_entry (account, transfer, amount, before, after, version, created_at)
  VALUES (p_source, v_id, -p_amount, v_source.balance + p_amount, v_source.balance,
          v_source.version, now());
  INSERT INTO t_entry (account, transfer, amount, before, after, version, created_at)
  VALUES (p_target, v_id, p_amount, v_target.balance - p_amount, v_target.balance,
          v_target.version, now());
  RETURN v_id;
END $$;

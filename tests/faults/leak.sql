-- A platform that tells: each envelope changes a page, says an event, fails a job, swells the log.
CREATE FUNCTION planted_leak() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_live uuid;
  v_seq bigint;
BEGIN
  UPDATE lot SET contact = contact || ' · ' || (SELECT count(*) FROM envelope)
  WHERE id = NEW.lot_id;
  UPDATE live_session SET last_seq = last_seq + 1 WHERE ref = NEW.lot_id
  RETURNING id, last_seq INTO v_live, v_seq;
  INSERT INTO live_event (session_id, seq, kind, payload, at)
  VALUES (v_live, v_seq, 'submitted', '{}', legal_now());
  PERFORM pg_notify('live', v_live || ':' || v_seq);
  INSERT INTO due_work (id, kind, key, due_at, payload, state, attempts)
  VALUES (gen_random_uuid(), 'opening.tick', NEW.id, legal_now(), '{}', 'waiting', 0);
  PERFORM pg_notify('due', '');
  INSERT INTO leaf_pending (id, data, quiet)
  SELECT gen_random_uuid(), convert_to(n::text, 'UTF8'), 0 FROM generate_series(1, 40) AS n;
  RETURN NEW;
END $$;
CREATE TRIGGER planted_leak AFTER INSERT ON envelope
FOR EACH ROW EXECUTE FUNCTION planted_leak();

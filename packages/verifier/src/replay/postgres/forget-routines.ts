import { stateKey, writtenHere } from './claim-routines.ts'
/**
 * Deletes some entries that are not above a floor, which is committed. Rows that another one deletes are left to it.
 */
export const dropFunction: string = `
CREATE OR REPLACE FUNCTION {drop}(forgotten bigint, most bigint) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $drop$
DECLARE
  dropped bigint;
BEGIN
  DELETE FROM {nonces} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {nonces} WHERE bucket <= forgotten LIMIT most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS dropped = ROW_COUNT;
  IF dropped < most THEN
    DELETE FROM {counts} WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM {counts} WHERE bucket <= forgotten FOR UPDATE SKIP LOCKED));
  END IF;
  RETURN dropped >= most;
END $drop$;`

/** Raises the floor past the buckets in which no message is acceptable any longer, commits, and only then drops them. */
export const forgetProcedure: string = `
CREATE OR REPLACE PROCEDURE {forget}(asked json, INOUT answer text) LANGUAGE plpgsql AS $forget$
DECLARE
  clock bigint;
  before {nonces};
  newest bigint;
  raised bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  END IF;
  clock := coalesce((asked->>'clock')::bigint, floor(extract(epoch FROM clock_timestamp())));
  before := {state}(asked, clock);
  SELECT max(bucket) INTO newest FROM {counts}
  WHERE principal = '${stateKey}' AND bucket > before.floor AND bucket < clock - before.longest_life;
  IF newest IS NOT NULL THEN
    UPDATE {nonces} SET floor = newest, history = ${writtenHere}
    WHERE key = '${stateKey}' AND history = before.history RETURNING floor INTO raised;
  END IF;
  COMMIT;
  answer := json_build_object('raised', raised,
    'more', {drop}(coalesce(raised, before.floor), (asked->>'most')::bigint));
  COMMIT;
END $forget$;`

/** Whoever deletes an entry above the floor loses the state with it, as one who empties the table does. */
export const lostFunction: string = `
CREATE OR REPLACE FUNCTION {lost}() RETURNS trigger LANGUAGE plpgsql AS $lost$
BEGIN
  IF EXISTS (SELECT FROM gone WHERE bucket > (SELECT floor FROM {nonces} WHERE key = '${stateKey}')) THEN
    DELETE FROM {nonces} WHERE key = '${stateKey}';
  END IF;
  RETURN NULL;
END $lost$;
CREATE OR REPLACE TRIGGER {lostTrigger} AFTER DELETE ON {nonces}
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {lost}();`

/**
 * The key of the row that holds the state. It stands among the entries, so that it is lost whenever they are. A nonce
 * that has it for a hash would be refused as a replay.
 */
export const stateKey = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** The version of the tables. A later one is refused. */
export const schemaVersion = 1

/**
 * Where and when the state was written: the timeline of the server and the transaction. A promoted standby has
 * another timeline, and a row that was copied (a dump, another cluster) has another transaction in `xmin`.
 */
export const writtenHere = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || pg_current_xact_id()::xid"

/**
 * A plan may be kept from the time when the table was empty. Then it must not scan a table that is full.
 */
const byIndex = 'LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan'

/**
 * The state, after what has to be changed in it. Each change names the state that it was decided on, so that of
 * several at once one is made, and the others look again.
 */
export const stateFunction: string = `
CREATE OR REPLACE FUNCTION {state}(asked json, clock bigint) RETURNS {nonces} ${byIndex} AS $state$
DECLARE
  here text := substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
  start bigint;
  life bigint := coalesce((asked->>'life')::bigint, 0);
  current {nonces};
  written xid;
BEGIN
  IF current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off' THEN
    RAISE EXCEPTION 'countersign: with synchronous_commit or fsync off a crash would forget what was accepted';
  END IF;
  FOR attempt IN 1..10 LOOP
    SELECT * INTO current FROM {nonces} WHERE key = '${stateKey}';
    SELECT xmin INTO written FROM {nonces} WHERE key = '${stateKey}' AND history = current.history;
    -- Looking may have waited for whoever emptied the table, and others accepted something before that one.
    start := greatest(clock, (asked->>'now')::bigint,
      coalesce((asked->>'clock')::bigint, floor(extract(epoch FROM clock_timestamp()))));
    IF current.key IS NULL THEN
      INSERT INTO {nonces} (key, version, floor, longest_life, started_at, started_because, history)
      VALUES ('${stateKey}', ${schemaVersion}, -1, life, start, 'no-history', ${writtenHere}) ON CONFLICT DO NOTHING;
      IF NOT EXISTS (SELECT FROM {nonces} WHERE bucket IS NOT NULL) THEN
        DELETE FROM {counts} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {counts} FOR UPDATE SKIP LOCKED));
      END IF;
    ELSIF current.version <> ${schemaVersion} THEN
      RAISE EXCEPTION 'countersign: the table has version %, and this package knows ${schemaVersion}', current.version;
    ELSIF current.history = 'new' THEN
      UPDATE {nonces} SET history = ${writtenHere}, started_because = 'no-history',
        started_at = CASE WHEN (asked->>'startsFresh')::boolean THEN NULL ELSE start END
      WHERE key = '${stateKey}' AND history = 'new';
    ELSIF current.history <> here || '/' || written THEN
      UPDATE {nonces} SET history = ${writtenHere}, started_because = 'failover',
        started_at = greatest(start, current.started_at)
      WHERE key = '${stateKey}' AND history = current.history;
    ELSIF current.longest_life < life THEN
      UPDATE {nonces} SET history = ${writtenHere}, longest_life = life
      WHERE key = '${stateKey}' AND history = current.history;
    ELSIF written IS NOT NULL THEN
      RETURN current;
    END IF;
  END LOOP;
  RAISE EXCEPTION 'countersign: the state of the replay store changes all the time';
END $state$;`

/**
 * Decides on a batch of claims in one statement: window and floor, what is known, start, what fits, and only then
 * the entries. They are written in the order of their keys, and the counts in theirs, so that two batches never wait
 * for each other. Counts are spread over shards, or all that a principal claims would stand in one line.
 */
export const takeFunction: string = `
CREATE OR REPLACE FUNCTION {take}(asked json, claims json, clock bigint, state {nonces}) RETURNS text ${byIndex} AS $take$
DECLARE
  everyone uuid := '${stateKey}';
  most bigint := (asked->>'maxEntries')::bigint;
  most_of_principal bigint := (asked->>'maxEntriesPerPrincipal')::bigint;
  width bigint := 16;
  oldest bigint;
  outcomes json;
BEGIN
  WHILE width * 8 < state.longest_life LOOP
    width := width * 2;
  END LOOP;
  WITH claimed AS (
    SELECT * FROM ROWS FROM (json_to_recordset(claims)
      AS (key uuid, principal uuid, created bigint, until bigint, skew bigint)) WITH ORDINALITY
      AS claim (key, principal, created, until, skew, place)
  ), judged AS (
    SELECT key, principal, created, place, CASE
      WHEN clock > until OR created > clock + skew OR created <= state.floor THEN 'stale'
      WHEN known.yes THEN 'replayed'
      WHEN created <= state.started_at + skew THEN 'starting'
    END AS refusal
    FROM claimed LEFT JOIN LATERAL (SELECT true AS yes FROM {nonces} AS n WHERE n.key = claimed.key LIMIT 1) AS known ON true
  ), candidates AS (
    SELECT DISTINCT ON (key) * FROM judged WHERE refusal IS NULL ORDER BY key, place
  ), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY principal ORDER BY place) AS of_principal FROM candidates
  ), rooms AS (
    SELECT principal, most_of_principal - coalesce(
      (SELECT sum(c.entries) FROM {counts} AS c WHERE c.principal = p.principal AND c.bucket > state.floor), 0) AS room
    FROM (SELECT DISTINCT principal FROM candidates) AS p
  ), allowed AS (
    SELECT *, row_number() OVER (ORDER BY place) AS of_all FROM numbered JOIN rooms USING (principal)
    WHERE of_principal <= room
  ), fitting AS (
    SELECT key, principal, place, (created / width + 1) * width - 1 AS bucket FROM allowed
    WHERE of_all <= most - coalesce(
      (SELECT sum(c.entries) FROM {counts} AS c WHERE c.principal = everyone AND c.bucket > state.floor), 0)
  ), inserted AS (
    INSERT INTO {nonces} (key, bucket) SELECT key, bucket FROM fitting ORDER BY key
    ON CONFLICT DO NOTHING RETURNING key
  ), counted AS (
    INSERT INTO {counts} AS c (principal, bucket, shard, entries)
    SELECT counter, bucket, pg_backend_pid() % 8, count(*)
    FROM inserted JOIN fitting USING (key) CROSS JOIN LATERAL (VALUES (everyone), (principal)) AS v (counter)
    GROUP BY counter, bucket ORDER BY counter, bucket
    ON CONFLICT (principal, bucket, shard) DO UPDATE SET entries = c.entries + excluded.entries
  )
  SELECT json_agg(CASE
    WHEN refusal IS NOT NULL THEN refusal
    WHEN fitting.key IS NULL THEN 'full'
    WHEN inserted.key IS NOT NULL AND fitting.place = judged.place THEN 'accepted'
    ELSE 'replayed'
  END ORDER BY judged.place) INTO outcomes
  FROM judged LEFT JOIN fitting USING (key) LEFT JOIN inserted USING (key);
  SELECT min(c.bucket) INTO oldest FROM {counts} AS c WHERE c.principal = everyone;
  RETURN json_build_object('outcomes', outcomes, 'now', clock, 'floor', state.floor, 'oldest', oldest,
    'life', state.longest_life, 'startedAt', state.started_at, 'because', state.started_because);
END $take$;`

/**
 * One round trip. Nothing is locked against those who forget: they raise the floor in one transaction and delete in
 * a later one, so who could insert a key that was deleted sees in a look *afterwards* that the floor was raised, and
 * takes back what was inserted. The same look finds that somebody has emptied the table.
 *
 * It commits by itself: within a transaction of somebody else, which could be rolled back, that is an error; and
 * nothing is told before it is on the disk, also to clients that read the answer before the end of the transaction.
 */
export const claimProcedure: string = `
CREATE OR REPLACE PROCEDURE {claim}(asked json, claims json, INOUT answer text) LANGUAGE plpgsql AS $claim$
DECLARE
  clock bigint;
  before {nonces};
BEGIN
  FOR attempt IN 1..10 LOOP
    -- A snapshot that is older than this statement would hide a floor that was raised.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      COMMIT;
      SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    END IF;
    clock := coalesce((asked->>'clock')::bigint, floor(extract(epoch FROM clock_timestamp())));
    before := {state}(asked, clock);
    answer := {take}(asked, claims, clock, before);
    IF ({state}(asked, clock)).history = before.history THEN
      COMMIT;
      RETURN;
    END IF;
    ROLLBACK;
  END LOOP;
  RAISE EXCEPTION 'countersign: the state of the replay store changes all the time';
END $claim$;`

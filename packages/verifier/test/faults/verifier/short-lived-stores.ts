import type { ClaimOutcome, ReplayClaim, ReplayStore } from '@countersign/verifier'

/**
 * Stores as they are made at home: each keeps a nonce for as long as a message may be old, from first sight. They are
 * wrong on purpose, and beside the others to show that a fault test can fail. The verifier in front of them is right.
 */

/** A map with a time to live that drops the oldest when it is full. */
export function shortLivedMap(maxEntries: number): ReplayStore {
  const expiry = new Map<string, number>()
  return {
    claim: (claim) => {
      for (const [key, expires] of expiry) if (expires <= claim.now) expiry.delete(key)
      if (expiry.has(claim.key)) return 'replayed'
      if (expiry.size >= maxEntries) expiry.delete([...expiry.keys()][0] as string)
      expiry.set(claim.key, claim.now + lifeOf(claim))
      return 'accepted'
    },
  }
}

/** What is used of a SQLite client. */
interface SqliteClient {
  exec(sql: string): unknown
  prepare(sql: string): { run(...values: unknown[]): { changes: number | bigint } }
}

/** A table from which old rows are deleted, and the oldest when it is full. */
export function shortLivedRows(database: SqliteClient, maxEntries: number): ReplayStore {
  database.exec('CREATE TABLE IF NOT EXISTS nonces (key TEXT PRIMARY KEY, seen_at INTEGER NOT NULL)')
  const expire = database.prepare('DELETE FROM nonces WHERE seen_at <= ?')
  const evict = database.prepare(
    'DELETE FROM nonces WHERE rowid IN (SELECT rowid FROM nonces ORDER BY rowid DESC LIMIT -1 OFFSET ?)',
  )
  const insert = database.prepare('INSERT OR IGNORE INTO nonces VALUES (?, ?)')
  return {
    claim: (claim) => {
      expire.run(claim.now - lifeOf(claim))
      evict.run(maxEntries - 1)
      return outcomeOf(Number(insert.run(claim.key, claim.now).changes) === 1)
    },
  }
}

/** What is used of a Redis client, alone or of a cluster. */
interface RedisClient {
  set(key: string, value: string, options: object): Promise<unknown>
}

/** `SET NX EX`. */
export function shortLivedKeys(client: RedisClient): ReplayStore {
  return {
    claim: async (claim) => {
      const expiration = { type: 'EX', value: lifeOf(claim) }
      return outcomeOf((await client.set(`nonce:${claim.key}`, '1', { condition: 'NX', expiration })) === 'OK')
    },
  }
}

/** What is used of a PostgreSQL client. */
interface PostgresClient {
  query(sql: string, values?: unknown[]): Promise<{ rowCount: number | null }>
}

/** `INSERT ON CONFLICT DO NOTHING`, with old rows deleted. */
export async function shortLivedTable(client: PostgresClient): Promise<ReplayStore> {
  await createOnce(client, 'CREATE TABLE IF NOT EXISTS nonces (key text PRIMARY KEY, seen_at timestamptz NOT NULL)')
  return {
    claim: async (claim) => {
      await client.query('DELETE FROM nonces WHERE seen_at <= now() - make_interval(secs => $1)', [lifeOf(claim)])
      const { rowCount } = await client.query('INSERT INTO nonces VALUES ($1, now()) ON CONFLICT DO NOTHING', [
        claim.key,
      ])
      return outcomeOf(rowCount === 1)
    },
  }
}

/** Two that create a table at once can both find none: the second to try again finds it. */
async function createOnce(client: PostgresClient, sql: string): Promise<void> {
  await client.query(sql).catch(() => client.query(sql))
}

function lifeOf({ created, forgetAfter }: ReplayClaim): number {
  return forgetAfter - created
}

function outcomeOf(isNew: boolean): ClaimOutcome {
  return isNew ? 'accepted' : 'replayed'
}

/** What the store uses of `pg`: a `Pool`, or a connected `Client` that nobody else uses. */
export interface PostgresQueryClient {
  query(text: string, values?: string[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** What the store uses of `postgres` (postgres.js). */
export interface PostgresUnsafeClient {
  unsafe(text: string, values?: string[], options?: { prepare: boolean }): PromiseLike<readonly unknown[]>
}

/** A client of PostgreSQL. */
export type PostgresClient = PostgresQueryClient | PostgresUnsafeClient

/** Runs one statement, and gives the first column of its first row. Without values it may be several statements. */
export type Ask = (text: string, values?: string[]) => Promise<unknown>

/** A client by what the store does with it. */
export interface Connection {
  readonly ask: Ask
  /** How many statements it can run at a time. */
  readonly width: number
}

/** Statements that a pool is given at a time: enough that one that hangs does not hold up all others. */
const poolWidth = 4

/** Wraps a client, whichever it is. @throws TypeError when it is none. */
export function connectionOf(client: PostgresClient): Connection {
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) throw notAClient()
  // What postgres.js hands to a transaction.
  if ('savepoint' in client) throw notAClient()
  if ('unsafe' in client && typeof client.unsafe === 'function') {
    const ask: Ask = async (text, values) =>
      firstColumn(await (values ? client.unsafe(text, values, { prepare: true }) : client.unsafe(text)))
    return { ask, width: poolWidth }
  }
  if (!('query' in client) || typeof client.query !== 'function') throw notAClient()
  const ask: Ask = async (text, values) => firstColumn((await client.query(text, values))?.rows)
  // A pool counts its connections. A single one must not be asked again before it has answered.
  return 'totalCount' in client ? { ask, width: poolWidth } : { ask: inTurn(ask), width: 1 }
}

function inTurn(ask: Ask): Ask {
  let last: Promise<unknown> = Promise.resolve()
  return (text, values) => {
    const answer = last.then(() => ask(text, values))
    last = answer.catch(() => {})
    return answer
  }
}

/** Clients differ in whether a row is an object or an array, and can be told to rename columns. */
function firstColumn(rows: unknown): unknown {
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined
  return typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined
}

function notAClient(): TypeError {
  return new TypeError(
    'createPostgresReplayStore needs a client of PostgreSQL outside of a transaction: a Pool or a connected Client ' +
      'of pg, or what postgres() of postgres.js returns',
  )
}

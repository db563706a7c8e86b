import { columnsOf, numberOf, type SqliteDatabase, type SqliteStatement } from './connection.ts'

/** The version of the tables below. A file of a later one is refused. */
const schemaVersion = 1

/**
 * One row of state, and the live entries by bucket. A bucket is named by the latest `created` that falls into it.
 * The floor is only ever raised; -1 is below every `created`. `started_at` is NULL when nothing was accepted before.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS countersign_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    longest_life INTEGER NOT NULL,
    started_at INTEGER
  );
  CREATE TABLE IF NOT EXISTS countersign_buckets (
    bucket INTEGER PRIMARY KEY,
    entries INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS countersign_principals (
    bucket INTEGER NOT NULL,
    principal TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (bucket, principal)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS countersign_nonces (
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (bucket, key)
  ) WITHOUT ROWID;
`

/** The first state of a file, unless another process was faster. */
function insertState(startedAt: '?' | 'NULL'): string {
  return `INSERT OR IGNORE INTO countersign_state VALUES (1, ${schemaVersion}, -1, 0, ${startedAt})`
}

/** What is known beside the entries. */
export interface SqliteState {
  /** Nothing at or below it is accepted. */
  readonly floor: number
  /** The longest time from `created` to `forgetAfter` that was ever asked for. */
  readonly longestLife: number
  /** When the history began, unless nothing was accepted before. */
  readonly startedAt: number | undefined
}

/** How much room is taken. */
export interface SqliteRoom {
  readonly total: number
  readonly ofPrincipal: number
  /** The bucket that is forgotten next. */
  readonly oldestBucket: number
}

/** An entry to be. */
export interface SqliteEntry {
  readonly bucket: number
  readonly key: Uint8Array
  readonly principal: string
}

/** What a claim does to the tables, within one transaction. */
export interface SqliteTables {
  /** Runs a step as one transaction that no other connection can come between. @throws whatever the client throws. */
  readonly transaction: <Result>(step: () => Result) => Result
  /** Undefined when somebody has emptied the tables. */
  readonly state: () => SqliteState | undefined
  /** Begins a history that is not fresh. */
  readonly begin: (startedAt: number) => void
  readonly setLongestLife: (seconds: number) => void
  /** The newest bucket before a time. */
  readonly newestBefore: (created: number) => number | undefined
  /** Raises the floor to a bucket, and drops it and all before it. */
  readonly forget: (bucket: number) => void
  /** Whether a key is in any live bucket. */
  readonly has: (key: Uint8Array) => boolean
  readonly room: (principal: string) => SqliteRoom
  readonly remember: (entry: SqliteEntry) => void
}

/**
 * Creates the tables where they are missing, and prepares each statement once.
 *
 * @throws Error when they belong to a later version.
 */
export function openSqliteTables(database: SqliteDatabase, startedAt: number | undefined): SqliteTables {
  const transaction = transactionOf(database)
  transaction(() => {
    database.exec(schema)
    if (startedAt === undefined) database.exec(insertState('NULL'))
    else database.prepare(insertState('?')).run(startedAt)
    const version = Number(columnsOf(database.prepare('SELECT version FROM countersign_state').get())[0])
    if (version > schemaVersion) {
      throw new Error(`the tables have version ${version}, and this package knows ${schemaVersion}: update it`)
    }
  })
  return Object.freeze({ transaction, ...stateStatements(database), ...entryStatements(database) })
}

function transactionOf(database: SqliteDatabase): SqliteTables['transaction'] {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  return (step) => {
    // Outside the try: a transaction that somebody else has open on this connection is not ours to roll back.
    begin.run()
    try {
      const result = step()
      commit.run()
      return result
    } catch (error) {
      quietly(rollback)
      throw error
    }
  }
}

/** SQLite has rolled back by itself after some errors. The first error says what happened. */
function quietly(statement: SqliteStatement): void {
  try {
    statement.run()
  } catch {
    // Were a transaction still open, the next BEGIN would fail: claims are refused, none is let through.
  }
}

function stateStatements(
  database: SqliteDatabase,
): Pick<SqliteTables, 'state' | 'begin' | 'setLongestLife' | 'newestBefore' | 'forget'> {
  const state = database.prepare('SELECT floor, longest_life, started_at FROM countersign_state')
  const insert = database.prepare(insertState('?'))
  const setLongestLife = database.prepare('UPDATE countersign_state SET longest_life = ?')
  const newestBefore = database.prepare('SELECT max(bucket) FROM countersign_buckets WHERE bucket < ?')
  const raiseFloor = database.prepare('UPDATE countersign_state SET floor = max(floor, ?)')
  const drops = ['buckets', 'principals', 'nonces'].map((table) =>
    database.prepare(`DELETE FROM countersign_${table} WHERE bucket <= ?`),
  )
  return {
    state: () => {
      const [floor, longestLife, startedAt] = columnsOf(state.get())
      if (floor === undefined) return undefined
      return { floor: Number(floor), longestLife: Number(longestLife), startedAt: numberOf(startedAt) }
    },
    begin: (startedAt) => void insert.run(startedAt),
    setLongestLife: (seconds) => void setLongestLife.run(seconds),
    newestBefore: (created) => numberOf(columnsOf(newestBefore.get(created))[0]),
    forget: (bucket) => {
      raiseFloor.run(bucket)
      for (const drop of drops) drop.run(bucket)
    },
  }
}

function entryStatements(database: SqliteDatabase): Pick<SqliteTables, 'has' | 'room' | 'remember'> {
  // Written as a join, SQLite scans all nonces for it (18 ms among 600,000; so it is 2 microseconds).
  const live = 'bucket IN (SELECT bucket FROM countersign_buckets)'
  const has = database.prepare(`SELECT 1 FROM countersign_nonces WHERE key = ? AND ${live}`)
  const room = database.prepare(`SELECT
    (SELECT sum(entries) FROM countersign_buckets),
    (SELECT sum(entries) FROM countersign_principals WHERE principal = ? AND ${live}),
    (SELECT min(bucket) FROM countersign_buckets)`)
  const count = 'ON CONFLICT DO UPDATE SET entries = entries + 1'
  const countBucket = database.prepare(`INSERT INTO countersign_buckets VALUES (?, 1) ${count}`)
  const countPrincipal = database.prepare(`INSERT INTO countersign_principals VALUES (?, ?, 1) ${count}`)
  const insert = database.prepare('INSERT INTO countersign_nonces VALUES (?, ?)')
  return {
    has: (key) => columnsOf(has.get(key)).length > 0,
    room: (principal) => {
      const [total, ofPrincipal, oldestBucket] = columnsOf(room.get(principal)).map((value) => Number(value))
      return { total: total ?? 0, ofPrincipal: ofPrincipal ?? 0, oldestBucket: oldestBucket ?? 0 }
    },
    remember: ({ bucket, key, principal }) => {
      insert.run(bucket, key)
      countBucket.run(bucket)
      countPrincipal.run(bucket, principal)
    },
  }
}

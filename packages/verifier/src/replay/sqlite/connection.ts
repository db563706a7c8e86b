/** A value that is bound to a statement. */
export type SqliteValue = string | number | Uint8Array

/** A prepared statement of a {@link SqliteDatabase}. It answers at once, not with a promise. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown
  get(...values: SqliteValue[]): unknown
}

/** What the store uses of a connection. `DatabaseSync` of node:sqlite and `Database` of better-sqlite3 have it. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/** SQLite's numbers of `PRAGMA synchronous`: 2 is FULL, and 3 is EXTRA. */
const synchronousFull = 2

/** The columns of a row in their order. Clients differ in whether a row is an object or an array. */
export function columnsOf(row: unknown): readonly unknown[] {
  return typeof row === 'object' && row !== null ? Object.values(row) : []
}

/** An integer of a row. Some clients can be told to give a bigint. */
export function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

/**
 * Sets what makes an acceptance outlive a power loss. {@link requireDurability} checks it afterwards.
 *
 * @throws TypeError when this is no connection, or its database ends with it.
 */
export function configureConnection(
  database: SqliteDatabase,
  { mayBeInMemory, busyTimeoutMilliseconds }: { mayBeInMemory: boolean; busyTimeoutMilliseconds: number },
): void {
  if (typeof database?.exec !== 'function' || typeof database.prepare !== 'function') throw notAConnection()
  // First, since already the next statement may have to wait for a process that creates the file.
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMilliseconds}`)
  const file = fileOf(database)
  if (typeof file !== 'string') throw notAConnection()
  if (file === '' && !mayBeInMemory) {
    throw new TypeError(
      'the database is in memory, and a restart would accept again what it accepted: open a file. ' +
        'Where nothing was accepted before, as in a test, say `startsFresh: true`',
    )
  }
  useWriteAheadLog(database)
  // Always said, whatever it is: where it was not, SQLite takes another default when it first uses the WAL,
  // and in better-sqlite3 that is NORMAL, which may lose the last commits.
  database.exec(`PRAGMA synchronous = ${Math.max(synchronousFull, synchronousOf(database))}`)
  // On macOS fsync alone leaves data in the cache of the drive. Elsewhere these do nothing.
  database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
}

/**
 * Several processes may find a new file at once. SQLite does not wait for the lock that a change of the journal
 * mode needs, hence each waits for an ordinary one in between. The first to succeed has done it for all.
 */
function useWriteAheadLog(database: SqliteDatabase): void {
  for (let attempts = 20; ; attempts--) {
    try {
      database.prepare('PRAGMA journal_mode = WAL').get()
      return
    } catch (error) {
      if (attempts === 0) throw error
      database.exec('BEGIN IMMEDIATE; COMMIT')
    }
  }
}

/**
 * Checks what was set, after the first transaction: before it, SQLite tells a default that it does not keep.
 *
 * @throws TypeError that says what to do about it.
 */
export function requireDurability(database: SqliteDatabase): void {
  const journalMode = String(columnsOf(database.prepare('PRAGMA journal_mode').get())[0])
  if (journalMode !== 'wal' && fileOf(database) !== '') {
    throw new TypeError(`the database is in journal mode ${journalMode}, not WAL: use a file on a local, writable disk`)
  }
  const synchronous = synchronousOf(database)
  if (synchronous < synchronousFull) {
    throw new TypeError(
      `the database has synchronous = ${synchronous}, and a power loss would forget what it accepted: ` +
        'let the store set PRAGMA synchronous = FULL',
    )
  }
}

/** The path of the main database: empty in memory, and for a temporary one. */
function fileOf(database: SqliteDatabase): unknown {
  return columnsOf(database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").get())[0]
}

/** Of 0 to 3; 0 when there is no answer. */
function synchronousOf(database: SqliteDatabase): number {
  return numberOf(columnsOf(database.prepare('PRAGMA synchronous').get())[0]) ?? 0
}

function notAConnection(): TypeError {
  return new TypeError(
    'createSqliteReplayStore needs an open, synchronous SQLite connection with exec() and prepare(): ' +
      'a DatabaseSync of node:sqlite, or a Database of better-sqlite3',
  )
}

import type { ReplayStore } from '@countersign/verifier'
import { type MakeReplayStore, replayStoreConformance } from '@countersign/verifier/replay-store-conformance'
import type { SqliteDatabase } from '@countersign/verifier/sqlite'
import { test } from 'vitest'
import { describeSqlite, type SqliteClient, storeFile } from './sqlite-clients.ts'

/** Each claim waits for the disk. */
const timeout = 120_000

describeSqlite('the SQLite store conforms', (client) => {
  for (const { name, run } of replayStoreConformance(onFile(client))) test(name, run, timeout)
})

describeSqlite('the SQLite store conforms when rows are arrays and integers are bigints', (client) => {
  for (const { name, run } of replayStoreConformance(onFile(client, withOtherRows), { histories: 5 })) {
    test(name, run, timeout)
  }
})

function onFile(client: SqliteClient, wrap = (database: SqliteDatabase) => database): MakeReplayStore {
  return ({ startsFresh, ...options }) => {
    const file = storeFile(client)
    const open = (fresh: boolean): ReplayStore => file.store({ ...options, startsFresh: fresh }, wrap(file.connect()))
    return {
      store: open(startsFresh),
      reopen: () => {
        file.close()
        return open(false)
      },
      join: () => open(false),
      close: file.close,
    }
  }
}

/** What better-sqlite3 gives after `defaultSafeIntegers()`, and node:sqlite with `returnArrays` and `readBigInts`. */
function withOtherRows(database: SqliteDatabase): SqliteDatabase {
  const bigint = (value: unknown): unknown => (typeof value === 'number' ? BigInt(value) : value)
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      return {
        run: (...values) => statement.run(...values),
        get: (...values) => {
          const row = statement.get(...values)
          return row === undefined ? row : Object.values(row as object).map(bigint)
        },
      }
    },
  }
}

/** A process of its own, which claims keys on a file that others have open too: see processes.test.ts. */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createSqliteReplayStore, type SqliteDatabase } from '@countersign/verifier/sqlite'
import { claimOf, keyOf } from '../claims.ts'

/** What the process is told, as JSON. */
export interface Task {
  /** Where the client is loaded from. */
  readonly modulePath: string
  readonly file: string
  /** It claims this many keys, beginning with number 0. */
  readonly count: number
}

function run({ modulePath, file, count }: Task): void {
  const client = createRequire(import.meta.url)(modulePath)
  const Database: new (path: string) => SqliteDatabase = client.DatabaseSync ?? client
  const store = createSqliteReplayStore(new Database(file), { startsFresh: true, busyTimeoutMilliseconds: 60_000 })
  // Written at once, and only after the store has answered: a line that was read is an acceptance that was told.
  for (let number = 0; number < count; number++) {
    writeSync(1, `${number} ${store.claim(claimOf({ key: keyOf(number) }))}\n`)
  }
  process.exit(0)
}

process.stdin.once('data', () => run(JSON.parse(process.argv[2] ?? '')))
writeSync(1, 'ready\n')

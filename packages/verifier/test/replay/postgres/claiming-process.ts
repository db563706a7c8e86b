/** A process of its own, which claims keys on a server that others use too: see processes.test.ts. */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createPostgresReplayStore } from '@countersign/verifier/postgres'
import type pg from 'pg'
import { claimOf, clock, keyOf } from '../claims.ts'

/** What the process is told, as JSON. */
export interface Task {
  /** Where the client is loaded from. */
  readonly modulePath: string
  readonly url: string
  readonly table: string
  /** It claims this many keys at once, beginning with number 0. */
  readonly count: number
}

async function run({ modulePath, url, table, count }: Task): Promise<void> {
  const { Pool }: typeof pg = createRequire(import.meta.url)(modulePath)
  const pool = new Pool({ connectionString: url, max: 2 })
  const store = await createPostgresReplayStore(pool, { table, clock, startsFresh: true })
  writeSync(1, 'ready\n')
  process.stdin.once('data', async () => {
    const claims = Array.from({ length: count }, async (_value, number) => {
      const answer = await store.claim(claimOf({ key: keyOf(number) }))
      writeSync(1, `${number} ${answer}\n`)
    })
    await Promise.all(claims)
    process.exit(0)
  })
}

await run(JSON.parse(process.argv[2] ?? ''))

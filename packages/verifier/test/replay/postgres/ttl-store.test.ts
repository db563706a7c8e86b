import { type ReplayStoreSubject, replayStoreConformance } from '@countersign/verifier/replay-store-conformance'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import type { claimOf } from '../claims.ts'
import { newTable, testPool } from './postgres-stores.ts'

const timeout = 60_000

/** What is usually written: a unique key, and a job that deletes what was seen some time ago. */
async function timeToLiveStore(pool: pg.Pool, clock: () => number): Promise<ReplayStoreSubject> {
  const table = newTable()
  await pool.query(`CREATE TABLE ${table} (key text PRIMARY KEY, seen bigint)`)
  const store = {
    claim: async ({ key, forgetAfter, created, futureSkewSeconds }: ReturnType<typeof claimOf>) => {
      const now = Math.floor(clock() / 1000)
      if (now > forgetAfter || created > now + futureSkewSeconds) return 'stale' as const
      await pool.query(`DELETE FROM ${table} WHERE seen < $1`, [now - 60])
      const insert = `INSERT INTO ${table} VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key`
      return (await pool.query(insert, [key, now])).rows.length === 1 ? ('accepted' as const) : ('replayed' as const)
    },
  }
  return { store, reopen: () => store, join: () => store }
}

describeWith('a table with a time to live on PostgreSQL', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  it('accepts twice what the store of this package does not', { timeout }, async () => {
    const pool = testPool(server.url())
    const failed: string[] = []
    const cases = replayStoreConformance(({ clock }) => timeToLiveStore(pool, clock), { bounded: false, histories: 3 })
    for (const { name, run } of cases) await run().catch(() => failed.push(name))
    expect(failed).toEqual([
      'remembers a message to the last second in which it is acceptable',
      'refuses a replay after the clock was set back behind what it forgot',
      'refuses a replay after the clock went forward for a moment',
      'keeps the messages of a long window while short ones are served',
      'refuses at a long window what a short one has accepted',
      'keeps its floor across a restart with the clock set back',
      'refuses a replay when a restart made the window longer',
      'refuses, when it is new, whatever may have been accepted before it',
      'serves, once its start is over, what was created since',
      'accepts no message twice in random histories of clocks, windows and restarts',
      'agrees with a store that never forgets while the clock goes forward',
    ])
  })
})

import { postgresReplayStoreSql } from '@countersign/verifier/postgres'
import type pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { patience } from '../../patience.ts'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, clock, keyOf, start } from '../claims.ts'
import { newTable, pgClient, quietStore, testPool } from './postgres-stores.ts'

const timeout = 60_000

const isolations = ['read committed', 'repeatable read', 'serializable'] as const

describeWith('claims on PostgreSQL that meet', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  async function testClient(): Promise<pg.Client> {
    const client = await pgClient(server.url())
    onTestFinished(() => client.end())
    return client
  }

  function isolatedPool(isolation: string): pg.Pool {
    return testPool(server.url(), { options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}` })
  }

  /** Waits until somebody waits for a lock on a table. */
  async function someoneWaitsFor(table: string): Promise<void> {
    const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = '${table}'::regclass`
    await expect.poll(() => server.sql(waiting), patience).toHaveLength(1)
  }

  /**
   * A claim has read the floor, and is held before it looks for its key. Meanwhile the floor is raised, and the
   * entry that it repeats is deleted.
   */
  async function overtakenReplay(pool: pg.Pool, alter: (sql: string) => string): Promise<string> {
    const table = newTable()
    const store = await quietStore(pool, { table, clock, startsFresh: true })
    expect(await store.claim(claimOf())).toBe('accepted')
    await server.sql(alter(postgresReplayStoreSql(table).slice(postgresReplayStoreSql(table).indexOf('CREATE OR'))))
    const [holder, forgetter] = [await testClient(), await testClient()]
    await holder.query(`BEGIN; LOCK TABLE ${table}_counts IN ACCESS EXCLUSIVE MODE`)
    const replay = store.claim(claimOf())
    await someoneWaitsFor(`${table}_counts`)
    await forgetter.query(`UPDATE ${table} SET floor = ${start + 15}, history =
      substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || pg_current_xact_id()::xid WHERE bucket IS NULL`)
    await forgetter.query(`SELECT ${table}_drop_1(${start + 15}, 1)`)
    expect(await server.sql(`SELECT FROM ${table} WHERE bucket IS NOT NULL`)).toEqual([])
    await holder.query('COMMIT')
    return replay
  }

  describe('a claim that was overtaken by a forgetter', () => {
    it.each(isolations)('sees it afterwards, where the default isolation is %s', async (isolation) => {
      expect(await overtakenReplay(isolatedPool(isolation), (sql) => sql)).toBe('stale')
    })

    it('would be accepted a second time without the look afterwards', async () => {
      const withoutLook = (sql: string): string => {
        const altered = sql.replace(/IF \(.*\)\.history = before\.history THEN/, 'IF true THEN')
        expect(altered).not.toBe(sql)
        return altered
      }
      expect(await overtakenReplay(isolatedPool('read committed'), withoutLook)).toBe('accepted')
    })
  })

  it('a claim that waits for somebody who empties the table begins anew', async () => {
    const table = newTable()
    const store = await quietStore(testPool(server.url()), { table, clock, startsFresh: true })
    expect(await store.claim(claimOf())).toBe('accepted')
    const other = await testClient()
    await other.query(`BEGIN; TRUNCATE ${table}`)
    const replay = store.claim(claimOf())
    await someoneWaitsFor(table)
    await other.query('COMMIT')
    await expect(replay).rejects.toThrow(expect.objectContaining({ code: 'replay_store_starting' }))
  })

  it('a claim that waits for somebody who empties the table dates the loss at its end, and not when it began to wait', async () => {
    const table = newTable()
    const store = await quietStore(testPool(server.url()), { table, startsFresh: true })
    const other = await testClient()
    await other.query(`BEGIN; TRUNCATE ${table}`)
    const now = Math.floor(Date.now() / 1000)
    const claim = Promise.resolve(store.claim(claimOf({ created: now, now, forgetAfter: now + 60 })))
    const refusal = claim.catch((error: { code: string }) => error.code)
    await someoneWaitsFor(table)
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    await other.query('COMMIT')
    expect(await refusal).toBe('replay_store_starting')
    const [state] = await server.sql(`SELECT started_at FROM ${table} WHERE bucket IS NULL`)
    expect(Number(state?.['started_at'])).toBeGreaterThanOrEqual(now + 2)
  })

  it.each(isolations)('accept each key once while others forget, with %s', { timeout }, async (isolation) => {
    const table = newTable()
    let seconds = start
    const own = { table, clock: () => seconds * 1000, startsFresh: true, maxEntriesPerPrincipal: 100_000 }
    const stores = await Promise.all([1, 2, 3].map(() => quietStore(isolatedPool(isolation), own)))
    const accepted = new Map<string, number>()
    const captured: [number, number][] = []
    let tick = 0
    const attack = async (number: number): Promise<void> => {
      for (let round = 0; round < 150; round++) {
        // The clock runs, and now and then is set back a little: just what was forgotten is tried again.
        seconds = start + Math.floor(++tick / 8) - (tick % 7 === 0 ? 30 : 0)
        const fresh: [number, number] = [tick, seconds - (tick % 40)]
        const [key, created] = captured[captured.length - 1 - ((tick * 31) % 600)] ?? fresh
        const claim = claimOf({ key: keyOf(key), created, forgetAfter: created + 60, now: seconds })
        const answer = await stores[number % 3]!.claim(claim)
        if (answer === 'accepted') accepted.set(`${key}`, (accepted.get(`${key}`) ?? 0) + 1)
        captured.push([key, created], fresh)
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_value, number) => attack(number)))
    expect([...accepted.values()].filter((count) => count !== 1)).toEqual([])
    expect(accepted.size).toBeGreaterThan(300)
    expect(Number((await server.sql(`SELECT floor FROM ${table} WHERE bucket IS NULL`))[0]?.['floor'])).toBeGreaterThan(
      0,
    )
  })

  it('in several batches at once, in any order, neither wait for each other nor pass twice', { timeout }, async () => {
    const table = newTable()
    const stores = await Promise.all(
      [1, 2, 3, 4].map(() => quietStore(testPool(server.url()), { table, clock, startsFresh: true })),
    )
    for (let round = 0; round < 10; round++) {
      const numbers = Array.from({ length: 100 }, (_value, index) => round * 100 + index)
      const answers = await Promise.all(
        stores.flatMap((store, index) => {
          const order = index % 2 === 0 ? numbers : [...numbers].reverse()
          return order.map((number) => store.claim(claimOf({ key: keyOf(number), principal: `signer-${number % 7}` })))
        }),
      )
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(100)
      expect(answers.filter((answer) => answer === 'replayed')).toHaveLength(300)
    }
    const counted = `SELECT sum(entries)::int AS counted FROM ${table}_counts WHERE principal = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`
    expect(await server.sql(counted)).toEqual([{ counted: 1000 }])
  })

  it.each(isolations)('of one key, 50 at once at three stores: one passes, with %s', async (isolation) => {
    const table = newTable()
    const stores = await Promise.all(
      [1, 2, 3].map(() => quietStore(isolatedPool(isolation), { table, clock, startsFresh: true })),
    )
    const answers = await Promise.all(Array.from({ length: 50 }, (_v, index) => stores[index % 3]!.claim(claimOf())))
    expect(answers.sort()).toEqual(['accepted', ...Array(49).fill('replayed')])
  })

  it('within a transaction of somebody else, which could be rolled back, are refused', async () => {
    const client = await testClient()
    const store = await quietStore(client, { table: newTable(), clock, startsFresh: true })
    await client.query('BEGIN')
    await expect(store.claim(claimOf())).rejects.toThrow(/invalid transaction termination/)
    await expect(quietStore(client, { table: newTable() })).rejects.toThrow()
    await client.query('ROLLBACK')
    expect([await store.claim(claimOf()), await store.claim(claimOf())]).toEqual(['accepted', 'replayed'])
  })

  it('of postgres.js without prepared statements are the same', async () => {
    const sql = postgres(server.url(), { prepare: false, onnotice: () => {} })
    onTestFinished(() => sql.end({ timeout: 1 }))
    const store = await quietStore(sql, { table: newTable(), clock, startsFresh: true })
    const answers = await Promise.all([0, 1, 0].map((number) => store.claim(claimOf({ key: keyOf(number) }))))
    expect(answers).toEqual(['accepted', 'accepted', 'replayed'])
    const inTransaction = sql.begin(async (transaction) => quietStore(transaction as never))
    await expect(inTransaction).rejects.toThrow(TypeError)
  })

  it('on a single connection take turns, also with what is forgotten', async () => {
    const connection = await testClient()
    let [running, most, asked] = [0, 0, 0]
    const single = {
      query: async (text: string, values?: string[]) => {
        asked++
        most = Math.max(most, ++running)
        return connection.query(text, values).finally(() => running--)
      },
    }
    let seconds = start
    const store = await quietStore(single, { table: newTable(), clock: () => seconds * 1000, startsFresh: true })
    for (const now of [start, start + 100, start + 200]) {
      seconds = now
      const claims = Array.from({ length: 300 }, (_value, index) =>
        store.claim(claimOf({ key: keyOf(now * 1000 + index), created: now, forgetAfter: now + 60, now })),
      )
      expect(await Promise.all(claims)).toEqual(Array(300).fill('accepted'))
    }
    await expect.poll(() => running, patience).toBe(0)
    expect(asked).toBeGreaterThan(9)
    expect(most).toBe(1)
  })

  it('behind a proxy that gives each statement another connection are the same', async () => {
    const connections = await Promise.all([testClient(), testClient(), testClient()])
    let turn = 0
    const proxy = {
      query: async (text: string, values?: string[]) => {
        const connection = connections[turn++ % 3]!
        const result = await connection.query(text, values)
        await connection.query('DISCARD ALL')
        return result
      },
    }
    const store = await quietStore(proxy, { table: newTable(), clock, startsFresh: true })
    for (let number = 0; number < 10; number++) {
      const claim = claimOf({ key: keyOf(number) })
      expect([await store.claim(claim), await store.claim(claim)]).toEqual(['accepted', 'replayed'])
    }
  })
})

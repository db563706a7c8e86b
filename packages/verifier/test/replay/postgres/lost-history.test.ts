import type { FloorRaised, ReplayStore } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { patience } from '../../patience.ts'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, clock, keyOf, start } from '../claims.ts'
import { attempt, newTable, quietStore, testPool } from './postgres-stores.ts'

const timeout = 60_000
const starting = expect.objectContaining({ code: 'replay_store_starting' })

describeWith('a PostgreSQL store', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  /** A store that has accepted key 0, what it told, and its clock in Unix seconds. */
  interface History {
    readonly store: ReplayStore
    readonly table: string
    readonly told: FloorRaised[]
    readonly time: { now: number }
  }

  async function storeWithHistory(): Promise<History> {
    const history = { table: newTable(), told: [] as FloorRaised[], time: { now: start } }
    const store = await quietStore(testPool(server.url()), {
      table: history.table,
      clock: () => history.time.now * 1000,
      startsFresh: true,
      onFloorRaised: (event) => void history.told.push(event),
    })
    expect(await store.claim(claimOf())).toBe('accepted')
    return { ...history, store }
  }

  /** Nothing from before is accepted, and what is new is, once. */
  async function expectNewStart({ store, time }: Pick<History, 'store' | 'time'>): Promise<void> {
    for (const created of [start - 60, start, start + 10]) {
      await expect(store.claim(claimOf({ created, key: keyOf(1) }))).rejects.toThrow(starting)
    }
    time.now = start + 11
    const later = claimOf({ created: time.now, now: time.now, key: keyOf(2) })
    expect([await store.claim(later), await store.claim(later)]).toEqual(['accepted', 'replayed'])
  }

  it('knows what it accepted after kill -9 of the server (attack 92)', { timeout }, async () => {
    const { store, table } = await storeWithHistory()
    await server.kill()
    await expect(store.claim(claimOf({ key: keyOf(1) }))).rejects.toThrow()
    await server.start()
    expect(await store.claim(claimOf())).toBe('replayed')
    expect(await store.claim(claimOf({ key: keyOf(1) }))).toBe('accepted')
    const second = await quietStore(testPool(server.url()), { table, clock })
    expect(await second.claim(claimOf())).toBe('replayed')
  })

  it.each([
    ['TRUNCATE', 'TRUNCATE %'],
    ['DELETE of all', 'DELETE FROM %'],
    ['DELETE of the state', "DELETE FROM % WHERE history <> ''"],
    ['DELETE of a live nonce', 'DELETE FROM % WHERE bucket IS NOT NULL'],
    ['TRUNCATE of both tables', 'TRUNCATE %, %_counts'],
  ])('begins anew after %s (attack 97)', async (what, sql) => {
    const history = await storeWithHistory()
    const { store, table, told } = history
    await server.sql(sql.replaceAll('%', table))
    const entryIsLeft = what === 'DELETE of the state'
    expect(await attempt(store, claimOf())).toEqual(entryIsLeft ? 'replayed' : starting)
    await expectNewStart(history)
    expect(told).toEqual([{ store: 'postgres', reason: 'no-history', floor: start + 10 }])
  })

  it('does not begin fresh where somebody has emptied the table', async () => {
    const { table, time } = await storeWithHistory()
    await server.sql(`TRUNCATE ${table}`)
    const pool = testPool(server.url())
    const store = await quietStore(pool, { table, clock: () => time.now * 1000, startsFresh: true })
    await expectNewStart({ store, time })
  })

  it('begins anew by the later of two clocks', async () => {
    const { store, table } = await storeWithHistory()
    await server.sql(`TRUNCATE ${table}`)
    const ahead = claimOf({ created: start + 25, forgetAfter: start + 85, now: start + 20 })
    expect(await store.claim(ahead)).toBe('stale')
    // The verifier is 20 s ahead of the store, which may have been set back since it accepted.
    await expect(store.claim(claimOf())).rejects.toThrow(expect.objectContaining({ retryAfterSeconds: 31 }))
  })

  it('goes on when what is already forgotten is deleted', async () => {
    const { store, table } = await storeWithHistory()
    await server.sql(`UPDATE ${table} SET floor = ${start + 100} WHERE bucket IS NULL`)
    await server.sql(`DELETE FROM ${table} WHERE bucket <= ${start + 100}`)
    expect(await server.sql(`SELECT floor FROM ${table}`)).toEqual([{ floor: String(start + 100) }])
    expect(await store.claim(claimOf())).toBe('stale')
  })

  it.each(['VACUUM (FREEZE)', 'VACUUM FULL', 'REINDEX TABLE', 'CLUSTER VERBOSE'])(
    'goes on after %s',
    async (command) => {
      const { store, table, told } = await storeWithHistory()
      if (command.startsWith('CLUSTER')) await server.sql(`ALTER TABLE ${table} CLUSTER ON ${table}_pkey`)
      await server.sql(`${command} ${table}`)
      expect(await store.claim(claimOf())).toBe('replayed')
      expect(await store.claim(claimOf({ key: keyOf(1) }))).toBe('accepted')
      expect(told).toEqual([])
    },
  )

  it('takes a table that was restored from a dump for one that may lack the last of it', async () => {
    const { store, table, told } = await storeWithHistory()
    const columns = 'key, bucket, version, floor, longest_life, started_at, started_because, history'
    await server.sql(`CREATE TABLE ${table}_dump AS SELECT ${columns} FROM ${table}`)
    expect(await store.claim(claimOf({ key: keyOf(1) }))).toBe('accepted')
    await server.sql(`TRUNCATE ${table}; INSERT INTO ${table} SELECT * FROM ${table}_dump`)
    await expect(store.claim(claimOf({ key: keyOf(1) }))).rejects.toThrow(starting)
    expect(told).toEqual([{ store: 'postgres', reason: 'failover', floor: start + 10 }])
    expect(await store.claim(claimOf())).toBe('replayed')
  })

  it('refuses when its table is dropped, also on a new one', async () => {
    const { store, table, time } = await storeWithHistory()
    await server.sql(`DROP TABLE ${table}, ${table}_counts CASCADE`)
    await expect(store.claim(claimOf())).rejects.toThrow()
    const again = await quietStore(testPool(server.url()), { table, clock: () => time.now * 1000 })
    await expect(store.claim(claimOf())).rejects.toThrow(starting)
    await expectNewStart({ store: again, time })
  })

  it('refuses on a promoted standby what its primary may have accepted', { timeout }, async () => {
    const primary = await startPostgres()
    onTestFinished(() => primary.stop())
    const table = newTable()
    const first = await quietStore(testPool(primary.url()), { table, clock, startsFresh: true })
    expect(await first.claim(claimOf({ key: keyOf(1) }))).toBe('accepted')
    const standby = await primary.standby()
    onTestFinished(() => standby.stop())
    await expect(quietStore(testPool(standby.url()), { table, clock })).rejects.toThrow(/is a standby/)

    await standby.sql("ALTER SYSTEM SET primary_conninfo = ''")
    await standby.sql('SELECT pg_reload_conf()')
    await expect.poll(() => standby.sql('SELECT pid FROM pg_stat_wal_receiver'), patience).toEqual([])
    expect(await first.claim(claimOf({ key: keyOf(2) }))).toBe('accepted')
    await primary.kill()
    await standby.sql('SELECT pg_promote()')

    const told: FloorRaised[] = []
    const onFloorRaised = (event: FloorRaised): void => void told.push(event)
    const second = await quietStore(testPool(standby.url()), { table, clock, onFloorRaised })
    // The standby does not have it, and knows that it may lack something.
    expect(await standby.sql(`SELECT count(*)::int AS count FROM ${table} WHERE bucket IS NOT NULL`)).toEqual([
      { count: 1 },
    ])
    await expect(second.claim(claimOf({ key: keyOf(2) }))).rejects.toThrow(starting)
    expect(await second.claim(claimOf({ key: keyOf(1) }))).toBe('replayed')
    expect(told).toEqual([{ store: 'postgres', reason: 'failover', floor: start + 10 }])
    // Once it has begun anew, it goes on, also after a restart.
    await standby.kill()
    await standby.start()
    const third = await quietStore(testPool(standby.url()), { table, clock: () => clock() + 11_000 })
    const later = claimOf({ key: keyOf(2), created: start + 11, forgetAfter: start + 71, now: start + 11 })
    expect([await third.claim(later), await third.claim(later)]).toEqual(['accepted', 'replayed'])
  })
})

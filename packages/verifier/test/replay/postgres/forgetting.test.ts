import type { FloorRaised, ReplayClaim, ReplayStore } from '@countersign/verifier'
import type { PostgresReplayStoreOptions } from '@countersign/verifier/postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { patience } from '../../patience.ts'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, keyOf, start } from '../claims.ts'
import { attempt, newTable, pgPool, quietStore } from './postgres-stores.ts'

const timeout = 60_000

describeWith('what a PostgreSQL store keeps', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  /** A store, its table, its clock in Unix seconds, and each statement that it runs. */
  interface Subject {
    readonly store: ReplayStore
    readonly table: string
    readonly time: { now: number }
    readonly statements: string[]
  }

  async function freshStore(options: PostgresReplayStoreOptions = {}): Promise<Subject> {
    const pool = pgPool(server.url())
    onTestFinished(() => pool.end())
    const [table, time, statements] = [newTable(), { now: start }, [] as string[]]
    const client = {
      totalCount: 5,
      query: (text: string, values?: string[]) => {
        statements.push(text)
        return pool.query(text, values)
      },
    }
    const store = await quietStore(client, { table, clock: () => time.now * 1000, startsFresh: true, ...options })
    statements.length = 0
    return { store, table, time, statements }
  }

  /** A claim that is made and sent at one second. */
  function claimAt(now: number, number: number, parts: Partial<ReplayClaim> = {}): ReplayClaim {
    return claimOf({ key: keyOf(number), created: now, forgetAfter: now + 60, now, ...parts })
  }

  async function rows(table: string): Promise<readonly unknown[]> {
    const [counted] = await server.sql(`SELECT
      (SELECT count(*) FROM ${table} WHERE bucket IS NOT NULL)::int AS nonces,
      (SELECT coalesce(sum(entries), 0) FROM ${table}_counts)::int AS counted`)
    return [counted?.['nonces'], counted?.['counted']]
  }

  it('is dropped when it is too old, by a claim that does not wait for it', async () => {
    const { store, table, time, statements } = await freshStore()
    for (let number = 0; number < 5; number++) await store.claim(claimAt(start, number))
    // Each is counted for everybody, and for its principal.
    expect(await rows(table)).toEqual([5, 10])
    expect(statements.filter((text) => text.includes('_forget_'))).toEqual([])
    time.now = start + 100
    expect(await store.claim(claimAt(time.now, 5))).toBe('accepted')
    await expect.poll(() => rows(table), patience).toEqual([1, 2])
    expect(await store.claim(claimAt(time.now, 6))).toBe('accepted')
    expect(statements.filter((text) => text.includes('_forget_'))).toHaveLength(1)
  })

  it('is dropped in portions, between which others are served', { timeout }, async () => {
    const { store, table, time, statements } = await freshStore()
    await store.claim(claimAt(start, 0))
    await server.sql(
      `INSERT INTO ${table} (key, bucket) SELECT gen_random_uuid(), ${start + 15} FROM generate_series(1, 25000)`,
    )
    time.now = start + 100
    await store.claim(claimAt(time.now, 1))
    await expect.poll(() => rows(table), patience).toEqual([1, 2])
    expect(statements.filter((text) => text.includes('_forget_'))).toHaveLength(3)
  })

  it('is dropped by the next one when who raised the floor did not come to it', async () => {
    const { store, table, time } = await freshStore()
    await store.claim(claimAt(start, 0))
    await server.sql(`INSERT INTO ${table} (key, bucket) VALUES (gen_random_uuid(), ${start - 100})`)
    time.now = start + 100
    await store.claim(claimAt(time.now, 1))
    await expect.poll(() => rows(table), patience).toEqual([1, 2])
  })

  it('goes on to be served when dropping fails, and says so once there is no room', async () => {
    const { store, table, time } = await freshStore({ maxEntries: 3 })
    for (const number of [0, 1, 2]) await store.claim(claimAt(start, number, { principal: `signer-${number}` }))
    await server.sql(`CREATE FUNCTION ${table}_broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no disk'; END $$;
      CREATE TRIGGER broken BEFORE DELETE ON ${table} EXECUTE FUNCTION ${table}_broken()`)
    time.now = start + 100
    await expect(store.claim(claimAt(time.now, 3))).rejects.toThrow(/no disk/)
    await server.sql(`DROP TRIGGER broken ON ${table}`)
    expect(await store.claim(claimAt(time.now, 3))).toBe('accepted')
  })

  it('has few counts, however long the window is', async () => {
    const { store, table, time } = await freshStore()
    const day = 86_400
    for (let hour = 0; hour < 50; hour++) {
      time.now = start + hour * 3600
      const claim = claimAt(time.now, hour, { forgetAfter: time.now + day })
      expect([await store.claim(claim), await store.claim(claim)]).toEqual(['accepted', 'replayed'])
    }
    await expect.poll(async () => Number((await rows(table))[0]), patience).toBeLessThan(35)
    const buckets = await server.sql(`SELECT DISTINCT bucket FROM ${table}_counts`)
    expect(buckets.length).toBeLessThan(12)
  })

  describe('is bounded', () => {
    it('for each principal: a flood by one leaves the others served (attack 94, 99)', async () => {
      const { store, table, time } = await freshStore({ maxEntries: 100, maxEntriesPerPrincipal: 10 })
      const flood = Array.from({ length: 50 }, (_value, number) => attempt(store, claimAt(start, number)))
      const answers = await Promise.all(flood)
      expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(10)
      // The bucket ends at start + 15, and its last message is acceptable for 60 s more.
      const full = expect.objectContaining({ code: 'replay_store_full', retryAfterSeconds: 76 })
      expect(answers.filter((answer) => answer !== 'accepted')).toEqual(Array(40).fill(full))
      for (const [number, answer] of answers.entries()) {
        const again = await attempt(store, claimAt(start, number))
        expect(again).toEqual(answer === 'accepted' ? 'replayed' : full)
      }
      for (let number = 100; number < 190; number++) {
        expect(await store.claim(claimAt(start, number, { principal: `signer-${number}` }))).toBe('accepted')
      }
      await expect(store.claim(claimAt(start, 200, { principal: 'bob' }))).rejects.toThrow(full)
      expect(await rows(table)).toEqual([100, 200])
      time.now = start + 76
      expect(await store.claim(claimAt(time.now, 201))).toBe('accepted')
    })

    it('not by what was lost when somebody emptied the table', async () => {
      const { store, table, time } = await freshStore({ maxEntries: 3, maxEntriesPerPrincipal: 3 })
      for (const number of [0, 1, 2]) expect(await store.claim(claimAt(start, number))).toBe('accepted')
      await server.sql(`TRUNCATE ${table}`)
      await expect(store.claim(claimAt(start, 3))).rejects.toThrow(
        expect.objectContaining({ code: 'replay_store_starting' }),
      )
      expect(await rows(table)).toEqual([0, 0])
      time.now = start + 11
      expect(await store.claim(claimAt(time.now, 4))).toBe('accepted')
    })

    it('whatever the name of the principal is', async () => {
      const { store } = await freshStore()
      const names = ['', '\0', "'; DROP TABLE x; --", 'é\ud800', 'x'.repeat(100_000)]
      const answers = names.map((principal, number) => store.claim(claimAt(start, number, { principal })))
      expect(await Promise.all(answers)).toEqual(names.map(() => 'accepted'))
    })
  })

  describe('is asked in few statements', () => {
    it('where many claims come at once', async () => {
      const { store, statements } = await freshStore()
      const claims = Array.from({ length: 256 }, (_value, number) => claimAt(start, number))
      expect(await Promise.all(claims.map((claim) => store.claim(claim)))).toEqual(Array(256).fill('accepted'))
      expect(statements).toHaveLength(2)
      expect(await Promise.all(claims.map((claim) => store.claim(claim)))).toEqual(Array(256).fill('replayed'))
      expect(statements).toHaveLength(4)
    })

    it('which tell two claims of one key apart', async () => {
      const { store, statements } = await freshStore()
      const claims = [0, 1, 0, 2, 0].map((number) => store.claim(claimAt(start, number)))
      expect(await Promise.all(claims)).toEqual(['accepted', 'accepted', 'replayed', 'accepted', 'replayed'])
      expect(statements).toHaveLength(1)
    })

    it('which a claim that is none does not spoil', async () => {
      const { store } = await freshStore()
      const wrong = [{ key: 'short' }, { created: 1.5 }, { created: Number.NaN }, { forgetAfter: 2 ** 60 }, { now: -1 }]
      const claims = wrong.map((parts) => attempt(store, { ...claimAt(start, 0), ...parts }))
      const good = store.claim(claimAt(start, 1))
      for (const answer of await Promise.all(claims))
        expect(answer === 'stale' || answer instanceof TypeError).toBe(true)
      expect(await good).toBe('accepted')
    })

    it('and in none where the verifier knows the answer', async () => {
      const { store, statements } = await freshStore()
      expect(await store.claim(claimAt(start, 0, { now: start + 61 }))).toBe('stale')
      expect(await store.claim(claimAt(start, 0, { now: start - 11 }))).toBe('stale')
      expect(statements).toEqual([])
    })
  })

  describe('is told of', () => {
    it('each time that it forgot, with its new floor', async () => {
      const told: FloorRaised[] = []
      const { store, time } = await freshStore({ onFloorRaised: (event) => told.push(event) })
      await store.claim(claimAt(start, 0))
      time.now = start + 100
      await store.claim(claimAt(time.now, 1))
      await expect.poll(() => told, patience).toEqual([{ store: 'postgres', reason: 'forgotten', floor: start + 15 }])
    })

    it('once when it has no history, and aloud where nobody listens', async () => {
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
      onTestFinished(() => warn.mockRestore())
      const options = { startsFresh: false, onFloorRaised: undefined } as unknown as PostgresReplayStoreOptions
      const { store } = await freshStore(options)
      for (const number of [0, 1])
        await expect(store.claim(claimAt(start, number))).rejects.toThrow(/sign anew in 11 s/)
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/the postgres replay store has no history .* up to 2023-11-14T22:13:30.000Z$/)],
      ])
    })

    it('also where the hook fails', async () => {
      const onFloorRaised = (): never => {
        throw new Error('the log is full')
      }
      const { store } = await freshStore({ startsFresh: false, onFloorRaised })
      await expect(store.claim(claimAt(start, 0))).rejects.toThrow(
        expect.objectContaining({ code: 'replay_store_starting' }),
      )
    })
  })
})

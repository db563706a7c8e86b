import { createMessageVerifier, type ReplayClaim } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patience } from '../../patience.ts'
import {
  type PostgresServer,
  postgresInstalled,
  postgresMissing,
  startPostgres,
} from '../../servers/postgres-server.ts'
import { describeWith } from '../../servers/required.ts'
import { findFakeTime } from '../../servers/server.ts'
import { signedMessage, verifierSetup } from '../../signed-message.ts'
import { claimOf, clock, keyOf } from '../claims.ts'
import { attempt, clients, newTable, quietStore, testPool } from './postgres-stores.ts'

const timeout = 60_000
const unavailable = expect.objectContaining({ code: 'replay_store_unavailable' })

/** Where the store answers, however busy machine and disk are. */
const patient = { replayTimeoutMilliseconds: 20_000 }

describeWith('an outage of PostgreSQL', postgresInstalled, postgresMissing, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, timeout)
  afterAll(() => server.stop())

  it.each(Object.keys(clients))(
    'that hangs, dies and comes back lets in nothing twice, %s (attack 95, 96)',
    {
      timeout,
    },
    async (name) => {
      const { key, options } = await verifierSetup()
      const [table, connected] = [newTable(), await clients[name]!(server.url(), { isServerKilled: true })]
      const replayStore = await quietStore(connected.client, { table, clock, startsFresh: true })
      const verify = createMessageVerifier({ ...options, replayStore, ...patient })
      const hasty = createMessageVerifier({ ...options, replayStore, replayTimeoutMilliseconds: 300 })
      const [accepted, pending] = [await signedMessage(key), await signedMessage(key)]
      await expect(verify(accepted)).resolves.toMatchObject({ keyId: 'alice' })

      server.pause()
      await expect(hasty(accepted)).rejects.toThrow(unavailable)
      await expect(hasty(pending)).rejects.toThrow(unavailable)
      server.resume()
      await expect(verify(accepted)).rejects.toThrow(expect.objectContaining({ code: 'replayed' }))
      // Its first attempt was not let in. It may have been claimed, or be claimed only now, on another connection.
      const second = await verify(pending).then(
        () => 'accepted',
        (error) => error.code,
      )
      expect(['accepted', 'replayed']).toContain(second)
      await expect(verify(pending)).rejects.toThrow(expect.objectContaining({ code: 'replayed' }))

      await server.kill()
      await expect(hasty(accepted)).rejects.toThrow(unavailable)
      await expect(hasty(await signedMessage(key))).rejects.toThrow(unavailable)
      await server.start()
      if (name === 'pg Client') return
      await expect(verify(accepted)).rejects.toThrow(expect.objectContaining({ code: 'replayed' }))
      await expect(verify(await signedMessage(key))).resolves.toMatchObject({ keyId: 'alice' })
      await connected.close()
    },
  )

  it('that cuts the connection in the midst of a claim refuses it, and keeps nothing of it', async () => {
    const table = newTable()
    const pool = testPool(server.url())
    const store = await quietStore(pool, { table, clock, startsFresh: true })
    const holder = testPool(server.url())
    const connection = await holder.connect()
    await connection.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`)
    const claim = attempt(store, claimOf())
    const waiting = `SELECT pid FROM pg_locks WHERE NOT granted AND relation = '${table}'::regclass`
    await expect.poll(() => server.sql(waiting), patience).toHaveLength(1)
    await server.sql(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS w`)
    expect(String(await claim)).toMatch(/terminat/)
    await connection.query('COMMIT')
    connection.release()
    expect([await store.claim(claimOf()), await store.claim(claimOf())]).toEqual(['accepted', 'replayed'])
  })

  it('that gives nonsense for an answer is refused', async () => {
    const pool = testPool(server.url())
    let answer: unknown
    const liar = {
      query: async (text: string, values?: string[]) =>
        answer === undefined ? pool.query(text, values) : { rows: [{ answer }] },
    }
    const store = await quietStore(liar, { table: newTable(), clock, startsFresh: true })
    for (const nonsense of ['{}', '{"outcomes":[]}', '{"outcomes":["fine"]}', '{"outcomes":[null]}', 'x', null, 1]) {
      answer = nonsense
      await expect(store.claim(claimOf()), String(nonsense)).rejects.toThrow()
    }
    answer = undefined
    expect(await store.claim(claimOf())).toBe('accepted')
  })

  it('that goes on for long does not fill the memory', async () => {
    const pool = testPool(server.url())
    const store = await quietStore(pool, { table: newTable(), clock, startsFresh: true })
    const claims = Array.from({ length: 12_000 }, (_value, number) =>
      attempt(store, claimOf({ key: keyOf(number), principal: `signer-${number % 100}` })),
    )
    const answers = await Promise.all(claims)
    expect(
      answers.filter((answer) => answer instanceof Error && /too many claims wait/.test(answer.message)).length,
    ).toBeGreaterThan(0)
    expect(answers.filter((answer) => answer === 'accepted').length).toBeGreaterThanOrEqual(10_000)
  })
})

/** A claim as a verifier makes it, by a clock that is some seconds off. */
function claimAt(offsetSeconds: number, parts: Partial<ReplayClaim> = {}): ReplayClaim {
  const now = Math.floor(Date.now() / 1000) + offsetSeconds
  const created = parts.created ?? now
  return claimOf({ created, forgetAfter: created + 60, now, ...parts })
}

describeWith('the clock of PostgreSQL', postgresInstalled, postgresMissing, () => {
  describeWith('that is stepped', findFakeTime(), 'libfaketime is not installed: npm run services', () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres({ adjustableClock: true })
    }, timeout)
    afterAll(() => server.stop())

    describe.each([
      ['forward and back', [600, 0]],
      ['back and forward', [-600, 0]],
      ['forward, further and back', [600, 1200, 0]],
    ])('%s by ten minutes', (_what, offsets) => {
      it('lets in nothing twice (attack 28, 29)', { timeout }, async () => {
        server.setClock(0)
        const store = await quietStore(testPool(server.url()), { table: newTable(), startsFresh: true })
        const claims: ReplayClaim[] = []
        for (const [index, offset] of [0, ...offsets, 0].entries()) {
          server.setClock(offset)
          // Honest messages of verifiers whose clocks agree with the server, and some whose do not.
          for (const [number, of] of [offset, 0, offset - 50].entries()) {
            const claim = claimAt(of, { key: keyOf(index * 10 + number) })
            if ((await store.claim(claim)) === 'accepted') claims.push(claim)
          }
          await new Promise((resolve) => setTimeout(resolve, 50))
          for (const claim of claims) {
            expect(await store.claim(claim)).not.toBe('accepted')
            expect(await store.claim({ ...claim, now: claim.created + 30 })).not.toBe('accepted')
          }
        }
        expect(claims.length).toBeGreaterThan(3)
      })
    })

    it('counts for verifiers whose clocks disagree', { timeout }, async () => {
      server.setClock(0)
      const table = newTable()
      const store = await quietStore(testPool(server.url()), { table, startsFresh: true })
      // Each thinks that the message is new. To the server, the one is 100 s old, and the other 100 s in the future.
      expect(await store.claim(claimAt(-100, { key: keyOf(1) }))).toBe('stale')
      expect(await store.claim(claimAt(100, { key: keyOf(2) }))).toBe('stale')
      const message = claimAt(-30, { key: keyOf(3) })
      expect(await store.claim(message)).toBe('accepted')
      expect(await store.claim({ ...message, now: message.created + 60 })).toBe('replayed')
    })

    it('that was set back while the table was emptied does not reopen the window', { timeout }, async () => {
      server.setClock(0)
      const table = newTable()
      const store = await quietStore(testPool(server.url()), { table, startsFresh: true })
      const message = claimAt(0)
      expect(await store.claim(message)).toBe('accepted')
      server.setClock(-40)
      await server.sql(`TRUNCATE ${table}`)
      const replay = (): Promise<unknown> => attempt(store, { ...claimAt(0), created: message.created })
      expect(await replay()).not.toBe('accepted')
      server.setClock(-5)
      expect(await replay()).toEqual(expect.objectContaining({ code: 'replay_store_starting' }))
    })
  })
})

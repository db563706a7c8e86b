import type { ReplayClaim } from '@countersign/verifier'
import { createRedisReplayStore } from '@countersign/verifier/redis'
import { expect, it } from 'vitest'
import type { RedisServer } from '../../servers/redis-server.ts'
import { claimOf, clock, keyOf, start } from '../claims.ts'
import { answerOf, clientOf, describeRedis, movableClock, newPrefix, ownRedis, storeOn } from './redis-stores.ts'

/** How often a server ran each command since its statistics were reset, by name. */
async function callsOf({ command }: RedisServer): Promise<Record<string, number>> {
  const lines = String(await command('INFO', 'commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g)
  return Object.fromEntries([...lines].map(([, name, calls]) => [name, Number(calls)]))
}

function claims(count: number, parts: Partial<ReplayClaim> = {}): ReplayClaim[] {
  return Array.from({ length: count }, (_value, number) => claimOf({ key: keyOf(number), ...parts }))
}

describeRedis('claims that come at once', (server) => {
  it('share a command, 128 at the most', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock })
    await store.claim(claimOf({ key: keyOf(1000) }))
    await server().command('CONFIG', 'RESETSTAT')
    const said = await Promise.all(claims(256).map((claim) => store.claim(claim)))
    expect(new Set(said)).toEqual(new Set(['accepted']))
    expect(await callsOf(server())).toMatchObject({ evalsha: 2, sadd: 2 })
    await store.claim(claimOf({ key: keyOf(1001) }))
    expect(await callsOf(server())).toMatchObject({ evalsha: 3 })
  })

  it('are decided each for itself', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock, maxEntries: 10, maxEntriesPerPrincipal: 2 })
    const asked: readonly Partial<ReplayClaim>[] = [
      { key: keyOf(1), principal: 'one' },
      { key: keyOf(1), principal: 'two' },
      { key: keyOf(2), principal: 'one' },
      { key: keyOf(3), principal: 'one' },
      { key: keyOf(3), principal: 'three' },
      { key: keyOf(4), created: start - 60, forgetAfter: start },
      { key: keyOf(5), created: start - 61, forgetAfter: start - 1 },
    ]
    const said = await Promise.all(asked.map((parts) => answerOf(store, claimOf(parts))))
    expect(said).toEqual([
      ...['accepted', 'replayed', 'accepted', 'replay_store_full', 'accepted', 'accepted', 'stale'],
    ])
  })

  it('do not suffer from one among them that is none', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock })
    const wrong: readonly Partial<ReplayClaim>[] = [
      { key: 'short' },
      { key: `${keyOf(1)}\n` },
      { created: Number.NaN },
      { created: 1.5 },
      { created: Number.POSITIVE_INFINITY },
      { now: Number.NaN },
      { futureSkewSeconds: -1 },
      { forgetAfter: start - 1 },
      { forgetAfter: Number.NaN },
    ]
    const refused = wrong.map((parts) => expect(store.claim(claimOf(parts))).rejects.toThrow(TypeError))
    const said = await Promise.all(claims(5).map((claim) => store.claim(claim)))
    await Promise.all(refused)
    expect(said).toEqual(Array(5).fill('accepted'))
  })

  it('keep whatever the principal is called', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock, maxEntriesPerPrincipal: 1 })
    const names = ['', ' ', 'a b', 'a\nb', 'a\u0000b', 'é', '\ud800', '%s', 'x'.repeat(10_000), '0 1 2 3']
    for (const [number, principal] of names.entries()) {
      expect(await store.claim(claimOf({ key: keyOf(number), principal }))).toBe('accepted')
      expect(await answerOf(store, claimOf({ key: keyOf(100), principal }))).toBe('replay_store_full')
    }
  })
})

describeRedis('the bounds of a Redis store', (server) => {
  it('let a flood by one principal touch nobody else (attack 99)', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock, maxEntries: 100, maxEntriesPerPrincipal: 5 })
    const flood = await Promise.all(claims(300, { principal: 'flood' }).map((claim) => answerOf(store, claim)))
    expect(flood.filter((answer) => answer === 'accepted')).toHaveLength(5)
    expect(new Set(flood.slice(5))).toEqual(new Set(['replay_store_full']))
    expect(await store.claim(claimOf({ key: keyOf(500), principal: 'other' }))).toBe('accepted')
  })

  it('hold for claims that come at once', async () => {
    const store = await storeOn(server(), { startsFresh: true, clock, maxEntries: 10 })
    const all = claims(40).map((claim, number) => ({ ...claim, principal: `signer-${number}` }))
    const said = await Promise.all(all.map((claim) => answerOf(store, claim)))
    expect(said).toEqual([...Array(10).fill('accepted'), ...Array(30).fill('replay_store_full')])
  })

  it('say when there is room again', async () => {
    const time = movableClock(start)
    const store = await storeOn(server(), { startsFresh: true, clock: time.clock, maxEntries: 1 })
    expect(await store.claim(claimOf())).toBe('accepted')
    const next = (): ReplayClaim => claimOf({ key: keyOf(1), created: time.now(), now: time.now() })
    const error = (await Promise.resolve(store.claim(next())).catch((thrown: unknown) => thrown)) as {
      retryAfterSeconds: number
    }
    expect(error.retryAfterSeconds).toBeGreaterThan(60)
    time.travel(error.retryAfterSeconds - 1)
    expect(await answerOf(store, next())).toBe('replay_store_full')
    time.travel(1)
    expect(await store.claim(next())).toBe('accepted')
  })

  it('hold for the keys that a claim looks into, however long the window is', async () => {
    const keyPrefix = newPrefix()
    const time = movableClock(start)
    const store = await storeOn(server(), { startsFresh: true, clock: time.clock, keyPrefix })
    for (let hour = 0; hour < 100; hour++) {
      const claim = claimOf({
        key: keyOf(hour),
        created: time.now(),
        forgetAfter: time.now() + 86_400,
        now: time.now(),
      })
      expect(await store.claim(claim)).toBe('accepted')
      time.travel(3600)
      expect(await store.claim({ ...claim, now: time.now() })).toBe('replayed')
    }
    const sets = (await server().command('KEYS', `{${keyPrefix}:0}:nonces:*`)) as string[]
    expect(sets.length).toBeLessThan(12)
  })

  it('hold: what is forgotten is deleted, and nothing has a time to live', async () => {
    const own = await ownRedis()
    const time = movableClock(start)
    const store = await storeOn(own, { startsFresh: true, clock: time.clock })
    for (const claim of claims(100)) await store.claim(claim)
    const keys = (await own.command('KEYS', '*')) as string[]
    expect(keys).toHaveLength(3)
    for (const key of keys) expect(await own.command('TTL', key)).toBe(-1)
    time.travel(100)
    await answerOf(store, claimOf({ created: time.now(), now: time.now() + 1 }))
    expect(await own.command('KEYS', '*')).toHaveLength(3)
    expect(await own.command('DBSIZE')).toBe(3)
  })
})

describeRedis('partitions', (server) => {
  it('share out the nonces and the room', async () => {
    const keyPrefix = newPrefix()
    const bounds = { maxEntries: 400, maxEntriesPerPrincipal: 400 }
    const store = await storeOn(server(), { startsFresh: true, clock, keyPrefix, partitions: 4, ...bounds })
    const said = await Promise.all(claims(1000).map((claim) => answerOf(store, claim)))
    expect(said.filter((answer) => answer === 'accepted')).toHaveLength(400)
    const sets = (await server().command('KEYS', `{${keyPrefix}:*nonces*`)) as string[]
    expect(sets.map((name) => name.split('}')[0]).sort()).toEqual([0, 1, 2, 3].map((part) => `{${keyPrefix}:${part}`))
    for (const name of sets) expect(await server().command('SCARD', name)).toBe(100)
    for (const [number, answer] of said.entries()) {
      if (answer === 'accepted') expect(await store.claim(claimOf({ key: keyOf(number) }))).toBe('replayed')
    }
  })

  it('cannot be another number in another process: a nonce would have two places', async () => {
    const keyPrefix = newPrefix()
    await storeOn(server(), { clock, keyPrefix, partitions: 4 })
    for (const partitions of [1, 3, 8]) {
      const made = storeOn(server(), { clock, keyPrefix, partitions })
      await expect(made).rejects.toThrow(TypeError)
      await expect(made).rejects.toThrow(`the history has 4 partitions, not ${partitions}: set partitions to that`)
    }
  })

  it('lose what they lose each for itself', async () => {
    const keyPrefix = newPrefix()
    const store = await storeOn(server(), { startsFresh: true, clock, keyPrefix, partitions: 4 })
    const all = claims(100)
    await Promise.all(all.map((claim) => store.claim(claim)))
    const [set = ''] = (await server().command('KEYS', `{${keyPrefix}:2}:nonces*`)) as string[]
    const lost = Number(await server().command('SCARD', set))
    await server().command('DEL', set)
    const said = await Promise.all(all.map((claim) => answerOf(store, claim)))
    expect(said.filter((answer) => answer === 'replay_store_starting')).toHaveLength(lost)
    expect(said.filter((answer) => answer === 'replayed')).toHaveLength(100 - lost)
  })
})

describeRedis('a prefix of the client', (server) => {
  it('is put before all keys, and a store without it has another history', async () => {
    const keyPrefix = newPrefix()
    const prefixed = clientOf(server(), { keyPrefix: 'app:' })
    const store = await createRedisReplayStore(prefixed, { startsFresh: true, clock, keyPrefix })
    expect(await store.claim(claimOf())).toBe('accepted')
    expect(await store.claim(claimOf())).toBe('replayed')
    expect(await server().command('KEYS', `*${keyPrefix}*`)).toHaveLength(3)
    expect(await server().command('KEYS', `app:{${keyPrefix}:0}:*`)).toHaveLength(3)
  })
})

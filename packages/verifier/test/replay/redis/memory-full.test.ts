import { createRedisReplayStore } from '@countersign/verifier/redis'
import { expect, it } from 'vitest'
import { redisMissing, redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, keyOf, untold } from '../claims.ts'
import { answerOf, clientOf, describeRedis, movableClock, ownRedis, storeOn } from './redis-stores.ts'

const evicting = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-ttl', 'volatile-random']

describeRedis('a maxmemory-policy that evicts', (server) => {
  it.each(evicting)('is refused at the start: %s (attack 98)', async (policy) => {
    await server().command('CONFIG', 'SET', 'maxmemory-policy', policy)
    const made = createRedisReplayStore(clientOf(server()), { startsFresh: true, ...untold })
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow(
      `maxmemory-policy ${policy}, and would forget what it accepted: set maxmemory-policy noeviction`,
    )
  })
})

describeWith('eviction', redisProgram, redisMissing, () => {
  it('that begins after the start accepts nothing twice, and is refused until it is over (attack 98)', async () => {
    const server = await ownRedis()
    const { command } = server
    const time = movableClock()
    const store = await storeOn(server, { startsFresh: true, clock: time.clock })
    const claims = Array.from({ length: 300 }, (_value, number) =>
      claimOf({
        key: keyOf(number),
        created: time.now() - (number % 50),
        now: time.now(),
        principal: `signer-${number}`,
      }),
    )
    expect(new Set(await Promise.all(claims.map((claim) => store.claim(claim))))).toEqual(new Set(['accepted']))
    await command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
    await command('CONFIG', 'SET', 'maxmemory', '2mb')
    const client = clientOf(server)
    const isWhole = async (): Promise<boolean> => (await client.keys('{*nonces*')).length === whole.length
    const whole = await client.keys('{*nonces*')
    // Which keys it evicts is chance: at last one of the store.
    for (let number = 0; number < 20_000 && (await isWhole()); number++)
      await client.set(`other-${number}`, 'x'.repeat(4000))
    expect(await isWhole()).toBe(false)
    for (const claim of claims.slice(0, 50)) {
      const said = await answerOf(store, claim).catch((error: Error) => error.message)
      expect(said).toMatch(/^COUNTERSIGN the server forgets what was accepted: set maxmemory-policy noeviction/)
    }
    await command('CONFIG', 'SET', 'maxmemory', '0')
    await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    for (const claim of claims) expect(['replayed', 'replay_store_starting']).toContain(await answerOf(store, claim))
    time.travel(11)
    for (const claim of claims) {
      const said = await answerOf(store, { ...claim, now: time.now() })
      expect(['replayed', 'replay_store_starting', 'stale']).toContain(said)
    }
    expect(await store.claim(claimOf({ key: keyOf(1000), created: time.now(), now: time.now() }))).toBe('accepted')
  })
})

describeWith('a full memory', redisProgram, redisMissing, () => {
  it('refuses what is new, forgets nothing, and empties itself in time (attack 94)', async () => {
    const server = await ownRedis()
    const time = movableClock()
    const store = await storeOn(server, { startsFresh: true, clock: time.clock })
    const claim = (number: number) => claimOf({ key: keyOf(number), created: time.now(), now: time.now() })
    for (let number = 0; number < 100; number++) expect(await store.claim(claim(number))).toBe('accepted')
    await server.command('CONFIG', 'SET', 'maxmemory', '1mb')
    await expect(store.claim(claim(100))).rejects.toThrow(/OOM/)
    await expect(store.claim({ ...claim(101), created: time.now() + 9, forgetAfter: time.now() + 69 })).rejects.toThrow(
      /OOM/,
    )
    for (let number = 0; number < 100; number++) expect(await store.claim(claim(number))).toBe('replayed')
    time.travel(100)
    // Redis is still full, by its other contents. But what is too old is dropped, and makes room.
    const [before = ''] = (await server.command('KEYS', '{*nonces*')) as string[]
    expect(await store.claim(claim(102))).toBe('accepted')
    expect(await server.command('EXISTS', before)).toBe(0)
    await expect(store.claim(claim(104))).rejects.toThrow(/OOM/)
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    expect(await store.claim(claim(103))).toBe('accepted')
    time.travel(-100)
    for (let number = 0; number < 100; number++) expect(await store.claim(claim(number))).toBe('stale')
  })
})

import type { FloorRaised, ReplayClaim, ReplayStore } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { type RedisServer, redisMissing, redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { claimOf, keyOf } from '../claims.ts'
import { answerAfterOutage, answerOf, movableClock, newPrefix, ownRedis, storeOn } from './redis-stores.ts'

const notAgain = ['replayed', 'replay_store_starting', 'stale']

const time = movableClock()
const claimNow = (number: number): ReplayClaim => claimOf({ key: keyOf(number), created: time.now(), now: time.now() })

async function storeBefore(server: RedisServer, told: FloorRaised[] = []): Promise<ReplayStore> {
  return storeOn(server, { startsFresh: true, clock: time.clock, onFloorRaised: (event) => told.push(event) })
}

describeWith('a restart of Redis', redisProgram, redisMissing, () => {
  const persistence: Readonly<Record<string, readonly string[]>> = {
    'without a trace of what was before': [],
    'with an append-only file, fsync each second': ['--appendonly', 'yes', '--appendfsync', 'everysec'],
    'with an append-only file, fsync always': ['--appendonly', 'yes', '--appendfsync', 'always'],
  }

  it.each(Object.entries(persistence))('%s, after kill -9, accepts nothing twice (attack 92)', async (_name, args) => {
    const server = await ownRedis({ args })
    const told: FloorRaised[] = []
    const store = await storeBefore(server, told)
    const claims = [1, 2, 3].map(claimNow)
    for (const claim of claims) expect(await store.claim(claim)).toBe('accepted')
    await server.kill()
    await server.start()
    for (const claim of claims) expect(notAgain).toContain(await answerAfterOutage(store, claim))
    expect(await answerOf(store, claimNow(4))).toBe('replay_store_starting')
    const reason = args.length === 0 ? 'no-history' : 'failover'
    expect(told).toEqual([{ store: 'redis', reason, floor: time.now() + 10 }])
    time.travel(11)
    expect(await store.claim(claimNow(5))).toBe('accepted')
    for (const claim of claims) expect(notAgain).toContain(await answerOf(store, { ...claim, now: time.now() }))
  })

  it('from a snapshot that is older than the last acceptances accepts nothing twice (attack 92)', async () => {
    const server = await ownRedis()
    const told: FloorRaised[] = []
    const store = await storeBefore(server, told)
    const [saved, lost] = [claimNow(1), claimNow(2)]
    expect(await store.claim(saved)).toBe('accepted')
    await server.command('SAVE')
    expect(await store.claim(lost)).toBe('accepted')
    await server.kill()
    await server.start()
    expect(await answerAfterOutage(store, saved)).toBe('replayed')
    expect(await answerOf(store, lost)).toBe('replay_store_starting')
    expect(told).toEqual([{ store: 'redis', reason: 'failover', floor: time.now() + 10 }])
    time.travel(11)
    expect(await answerOf(store, { ...lost, now: time.now() })).toBe('replay_store_starting')
    expect(await store.claim(claimNow(3))).toBe('accepted')
  })

  it('is noticed also by a store that is made afterwards, and is no fresh start', async () => {
    const server = await ownRedis()
    const keyPrefix = newPrefix()
    const options = { startsFresh: true, clock: time.clock, keyPrefix }
    const store = await storeOn(server, options)
    await server.command('SAVE')
    const lost = claimNow(1)
    expect(await store.claim(lost)).toBe('accepted')
    await server.kill()
    await server.start()
    expect(await answerOf(await storeOn(server, options), lost)).toBe('replay_store_starting')
  })

  it('with a clock that is behind refuses later what was lost, once the clock has caught up', async () => {
    const server = await ownRedis()
    const behind = movableClock()
    const at = (number: number): ReplayClaim =>
      claimOf({ key: keyOf(number), created: behind.now(), now: behind.now() })
    const store = await storeOn(server, { startsFresh: true, clock: behind.clock })
    expect(await store.claim(at(1))).toBe('accepted')
    behind.travel(-100)
    expect(await store.claim(at(4))).toBe('accepted')
    await server.command('SAVE')
    behind.travel(100)
    const lost = at(2)
    expect(await store.claim(lost)).toBe('accepted')
    await server.kill()
    await server.start()
    behind.travel(-300)
    expect(await answerAfterOutage(store, at(3))).toBe('replay_store_starting')
    behind.travel(300)
    expect(await answerOf(store, lost)).toBe('replay_store_starting')
  })
})

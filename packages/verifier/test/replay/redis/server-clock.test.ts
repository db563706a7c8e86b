import type { ReplayClaim } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { redisProgram } from '../../servers/redis-server.ts'
import { describeWith } from '../../servers/required.ts'
import { findFakeTime } from '../../servers/server.ts'
import { claimOf, keyOf } from '../claims.ts'
import { answerOf, newPrefix, ownRedis, storeOn } from './redis-stores.ts'

const missing = 'libfaketime or redis-server is not installed: npm run services'
const found = redisProgram && findFakeTime()

/** By the clock of this machine, plus some seconds. */
function claimAt(number: number, ahead = 0): ReplayClaim {
  const now = Math.floor(Date.now() / 1000) + ahead
  return claimOf({ key: keyOf(number), created: now, now })
}

describeWith('the clock of the Redis server', found, missing, () => {
  it('stepped forward 10 minutes and back accepts nothing twice (attack 29)', async () => {
    const server = await ownRedis({ adjustableClock: true })
    const store = await storeOn(server, { startsFresh: true })
    const before = claimAt(1)
    expect(await store.claim(before)).toBe('accepted')
    server.setClock(600)
    const ahead = claimAt(2, 600)
    expect(await store.claim(ahead)).toBe('accepted')
    expect(await answerOf(store, before)).toBe('stale')
    server.setClock(0)
    expect(await answerOf(store, before)).toBe('stale')
    expect(await answerOf(store, ahead)).toBe('stale')
    server.setClock(601)
    expect(await answerOf(store, ahead)).toBe('replayed')
  })

  it('stepped back 10 minutes after it forgot accepts nothing twice (attack 28)', async () => {
    const server = await ownRedis({ adjustableClock: true })
    const store = await storeOn(server, { startsFresh: true })
    const before = [claimAt(1), claimAt(2, -55), claimAt(3, 10)]
    for (const claim of before) expect(await store.claim({ ...claim, now: claimAt(0).now })).toBe('accepted')
    server.setClock(300)
    expect(await store.claim(claimAt(4, 300))).toBe('accepted')
    server.setClock(-300)
    for (const claim of before) expect(await answerOf(store, claim)).toBe('stale')
    server.setClock(0)
    for (const claim of before) expect(await answerOf(store, { ...claim, now: claimAt(0).now })).toBe('stale')
  })

  it('10 minutes behind refuses what the verifiers let in, rather than accept it twice', async () => {
    const server = await ownRedis({ adjustableClock: true })
    const store = await storeOn(server, { startsFresh: true })
    server.setClock(-600)
    expect(await answerOf(store, claimAt(1))).toBe('stale')
    server.setClock(0)
    expect(await answerOf(store, claimAt(1))).toBe('accepted')
  })

  it('set back while the server restarts from an old snapshot accepts nothing twice', async () => {
    const server = await ownRedis({ adjustableClock: true })
    const keyPrefix = newPrefix()
    const store = await storeOn(server, { startsFresh: true, keyPrefix })
    expect(await store.claim(claimAt(1))).toBe('accepted')
    await server.command('SAVE')
    const lost = claimAt(2)
    expect(await store.claim(lost)).toBe('accepted')
    await server.kill()
    server.setClock(-600)
    await server.start()
    const again = await storeOn(server, { keyPrefix })
    expect(await answerOf(again, claimAt(3, -600))).toBe('replay_store_starting')
    server.setClock(0)
    expect(await answerOf(store, lost)).toBe('replay_store_starting')
  })

  it('decides for verifiers whose clocks disagree', async () => {
    const server = await ownRedis({ adjustableClock: true })
    const keyPrefix = newPrefix()
    const [slow, fast] = [await storeOn(server, { startsFresh: true, keyPrefix }), await storeOn(server, { keyPrefix })]
    for (const [number, disagreement] of [0, 5, 9, 30].entries()) {
      const claim = claimAt(number)
      const said = [
        await answerOf(slow, { ...claim, now: claim.now - disagreement }),
        await answerOf(fast, { ...claim, now: claim.now + disagreement }),
        await answerOf(slow, claim),
      ]
      expect(
        said.filter((answer) => answer === 'accepted'),
        `${disagreement} s`,
      ).toHaveLength(1)
    }
    const old = claimAt(50, -55)
    expect(await answerOf(fast, { ...old, now: old.now + 55 })).toBe('accepted')
    server.setClock(10)
    expect(await answerOf(slow, { ...old, now: old.now + 50 })).toBe('stale')
  })
})

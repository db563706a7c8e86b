import type { FloorRaised, ReplayStore } from '@countersign/verifier'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { claimOf, keyOf, start } from '../claims.ts'
import { answerOf, describeRedis, type MovableClock, movableClock, newPrefix, storeOn } from './redis-stores.ts'

/** What somebody does to the keys of a store. */
type Loss = (command: (name: string, ...args: string[]) => Promise<unknown>, keys: KeysOf) => Promise<unknown>

interface KeysOf {
  readonly state: string
  readonly nonces: string
  readonly prefix: string
}

const losses: Readonly<Record<string, Loss>> = {
  FLUSHALL: (command) => command('FLUSHALL'),
  FLUSHDB: (command) => command('FLUSHDB'),
  'DEL of the state': (command, { state }) => command('DEL', state),
  'DEL of one bucket': (command, { nonces }) => command('DEL', nonces),
  'SREM of one nonce': (command, { nonces }) => command('SREM', nonces, keyOf(0)),
  'RENAME of one bucket': (command, { nonces, prefix }) => command('RENAME', nonces, `${prefix}-elsewhere`),
  'EXPIRE of one bucket': (command, { nonces }) => command('PEXPIRE', nonces, '0'),
  'DEL of all keys but the state': async (command, { state, prefix }) => {
    for (const key of (await command('KEYS', `{${prefix}:*`)) as string[]) if (key !== state) await command('DEL', key)
  },
}

/** The end of the bucket that a time falls into, with a window of 60 s: 16 s wide. */
function bucketOf(created: number): number {
  return created - (created % 16) + 15
}

function claimAt({ now }: MovableClock, number: number, created: number = now()): ReturnType<typeof claimOf> {
  return claimOf({ key: keyOf(number), created, now: now(), forgetAfter: created + 60 })
}

describeRedis('a Redis store', (server) => {
  it.each(Object.entries(losses))(
    'accepts nothing twice after %s, and serves again after the skew (attack 97)',
    async (_name, lose) => {
      const time = movableClock()
      const prefix = newPrefix()
      const told: FloorRaised[] = []
      const onFloorRaised = (event: FloorRaised): number => told.push(event)
      const store = await storeOn(server(), { startsFresh: true, keyPrefix: prefix, clock: time.clock, onFloorRaised })
      const claims = [0, 1, 2].map((number) => claimAt(time, number))
      for (const claim of claims) expect(await store.claim(claim)).toBe('accepted')
      const early = claimAt(time, 3, time.now() + 10)
      expect(await store.claim(early)).toBe('accepted')
      const nonces = `{${prefix}:0}:nonces:${bucketOf(time.now())}`
      expect(await server().command('EXISTS', nonces)).toBe(1)
      await lose(server().command, { state: `{${prefix}:0}:state`, nonces, prefix })
      expect(await answerOf(store, claimAt(time, 99))).toBe('replay_store_starting')
      for (const claim of [...claims, early]) {
        expect(['replayed', 'replay_store_starting']).toContain(await answerOf(store, claim))
      }
      expect(told).toEqual([{ store: 'redis', reason: 'no-history', floor: time.now() + 10 }])
      time.travel(11)
      for (const claim of [...claims, early]) {
        expect(['replayed', 'replay_store_starting']).toContain(await answerOf(store, { ...claim, now: time.now() }))
      }
      expect(await store.claim(claimAt(time, 100))).toBe('accepted')
      expect(await store.claim(claimAt(time, 100))).toBe('replayed')
      expect(told).toHaveLength(1)
    },
  )

  it('that says it starts fresh is not fresh again when somebody empties Redis (attack 97)', async () => {
    const store = await storeOn(server(), { startsFresh: true })
    const now = Math.floor(Date.now() / 1000)
    const claim = claimOf({ created: now, now })
    expect(await store.claim(claim)).toBe('accepted')
    await server().command('FLUSHALL')
    expect(await answerOf(store, claim)).toBe('replay_store_starting')
  })

  it('leaves nothing behind of a history whose state was lost', async () => {
    const time = movableClock()
    const prefix = newPrefix()
    const store = await storeOn(server(), { startsFresh: true, keyPrefix: prefix, clock: time.clock })
    for (let age = 0; age < 60; age++) await store.claim(claimAt(time, age, time.now() - age))
    await server().command('DEL', `{${prefix}:0}:state`)
    expect(await answerOf(store, claimAt(time, 100))).toBe('replay_store_starting')
    expect(await server().command('KEYS', `{${prefix}:*`)).toEqual([`{${prefix}:0}:state`])
  })

  it('refuses, after a loss, also what a verifier with a faster clock may have let in', async () => {
    const time = movableClock()
    const store = await storeOn(server(), { startsFresh: true, clock: time.clock })
    await server().command('FLUSHALL')
    const ahead = { ...claimAt(time, 1), now: time.now() + 7 }
    expect(await answerOf(store, ahead)).toBe('replay_store_starting')
    time.travel(17)
    expect(await answerOf(store, claimAt(time, 2))).toBe('replay_store_starting')
    time.travel(1)
    expect(await answerOf(store, claimAt(time, 3))).toBe('accepted')
  })

  it('is not kept from serving by a verifier whose clock is years ahead', async () => {
    const time = movableClock()
    const store = await storeOn(server(), { startsFresh: true, clock: time.clock })
    await server().command('FLUSHALL')
    const years = 100_000_000
    await answerOf(store, claimOf({ created: time.now() + years, now: time.now() + years }))
    time.travel(60 + 10 + 1)
    expect(await answerOf(store, claimAt(time, 3))).toBe('accepted')
  })
})

describeRedis('the floor of a Redis store', (server) => {
  const claimAll = async (store: ReplayStore, time: MovableClock, steps: readonly number[]): Promise<void> => {
    for (const [index, step] of steps.entries()) {
      time.travel(step)
      await answerOf(store, claimAt(time, index))
    }
  }

  it('is told each time that it is raised by forgetting', async () => {
    const told: FloorRaised[] = []
    const time = movableClock(start)
    const options = { clock: time.clock, onFloorRaised: (event: FloorRaised) => told.push(event) }
    const store = await storeOn(server(), { startsFresh: true, ...options })
    await claimAll(store, time, [0, 1])
    expect(told).toEqual([])
    await claimAll(store, time, [99, 1])
    expect(told).toEqual([{ store: 'redis', reason: 'forgotten', floor: bucketOf(start) }])
  })

  it('is told once for a start without a history', async () => {
    const told: FloorRaised[] = []
    const time = movableClock(start)
    const store = await storeOn(server(), { clock: time.clock, onFloorRaised: (event) => told.push(event) })
    await claimAll(store, time, [0, 1, 1])
    expect(told).toEqual([{ store: 'redis', reason: 'no-history', floor: start + 10 }])
  })

  it('is said aloud where nobody listens, but not when it is raised by forgetting', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const time = movableClock(start)
    const quiet = await storeOn(server(), { startsFresh: true, clock: time.clock, onFloorRaised: undefined as never })
    await claimAll(quiet, time, [0, 100])
    expect(warn).not.toHaveBeenCalled()
    const loud = await storeOn(server(), { clock: time.clock, onFloorRaised: undefined as never })
    await claimAll(loud, time, [0, 1])
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/the redis replay store has no history/)]])
  })

  it('is raised also when the hook fails', async () => {
    const onFloorRaised = (): void => {
      throw new Error('the log is full')
    }
    const time = movableClock()
    const store = await storeOn(server(), { clock: time.clock, onFloorRaised })
    expect(await answerOf(store, claimAt(time, 1))).toBe('replay_store_starting')
  })
})

describe('the times of these tests', () => {
  it('fall into buckets as the store makes them', () => {
    expect([start, bucketOf(start)]).toEqual([1_700_000_000, 1_700_000_015])
  })
})

import { createMemoryReplayStore } from '@countersign/verifier'
import {
  type MakeReplayStore,
  type ReplayStoreConformanceOptions,
  replayStoreConformance,
} from '@countersign/verifier/replay-store-conformance'
import { describe, expect, it, test, vi } from 'vitest'
import { untold } from './claims.ts'
import { type Flaw, storeWith } from './flawed-store.ts'

/** The names of the cases that a store fails, with what they said. */
async function failuresOf(
  makeStore: MakeReplayStore,
  options: ReplayStoreConformanceOptions = {},
): Promise<Map<string, string>> {
  const failures = new Map<string, string>()
  for (const { name, run } of replayStoreConformance(makeStore, options)) {
    await run().catch((error: Error) => failures.set(name, error.message))
  }
  return failures
}

const memory: MakeReplayStore = ({ clock, startsFresh, maxEntries = 1000 }) => ({
  store: createMemoryReplayStore({ clock, startsFresh, maxEntries, ...untold }),
})

describe('the memory store conforms', () => {
  const declared = { durable: false, shared: false, histories: 300 }
  for (const { name, run } of replayStoreConformance(memory, declared)) test(name, run)
})

describe('a store that keeps the rules conforms', () => {
  for (const { name, run } of replayStoreConformance(storeWith())) test(name, run)
})

const wildHistories = 'accepts no message twice in random histories of clocks, windows and restarts'
const forwardHistories = 'agrees with a store that never forgets while the clock goes forward'
const otherCreated = 'knows a key again, whatever created it comes back with'
const lastSecond = 'remembers a message to the last second in which it is acceptable'
const clockBack = 'refuses a replay after the clock was set back behind what it forgot'
const clockForward = 'refuses a replay after the clock went forward for a moment'
const longWindow = 'keeps the messages of a long window while short ones are served'
const shortThenLong = 'refuses at a long window what a short one has accepted'
const restarts = 'accepts nothing a second time after restarts'
const durability = 'remembers across a restart what it accepted, and serves at once'
const durableFloor = 'keeps its floor across a restart with the clock set back'
const widened = 'refuses a replay when a restart made the window longer'
const full = 'refuses with replay_store_full when it is full, and forgets nothing'
const roomAgain = 'has room again when what it holds is too old to be accepted'
const atOnce = 'accepts one of 50 claims of a key that come at once'
const instances = 'accepts a key at one of several instances'
const afterPurge = [clockBack, clockForward, shortThenLong, durableFloor, widened, wildHistories]

/** The cases that catch each flaw, and no others. */
const caughtBy: Readonly<Record<Flaw, readonly string[]>> = {
  'keeps for a while from first sight': [lastSecond, ...afterPurge, forwardHistories],
  'looks only where its created belongs': [otherCreated, longWindow, durability, wildHistories, forwardHistories],
  'waits between looking and writing': [atOnce, instances],
  'evicts when it is full': [full, roomAgain],
  'evicts and refuses when it is full': [full, roomAgain],
  'never forgets': [roomAgain],
  'forgets without raising the floor': afterPurge,
  'lets the floor follow the clock': afterPurge,
  'forgets by the window of the claim': [longWindow],
  'forgets a second too early': [
    otherCreated,
    lastSecond,
    longWindow,
    restarts,
    durability,
    ...afterPurge,
    forwardHistories,
  ],
  'loses its entries on a restart': [restarts, durability, widened, wildHistories],
  'loses its floor on a restart': [durableFloor, widened, wildHistories],
  'starts as if fresh': [
    'refuses, when it is new, whatever may have been accepted before it',
    'serves, once its start is over, what was created since',
  ],
  'does not recheck the window': [
    'accepts both edges of the window, and nothing beyond',
    'answers accepted, replayed or stale, and nothing else',
    'remembers nothing of what it refused as stale',
  ],
  'remembers what it refused': ['remembers nothing of what it refused as stale'],
  'compares keys without their case': ['tells keys apart by every character'],
  'has entries of its own at each instance': [instances],
  'answers with a boolean': [
    ...['accepts a message once', 'answers accepted, replayed or stale, and nothing else', atOnce, instances],
    ...[otherCreated, lastSecond, clockForward, longWindow, restarts, durability, widened, full],
    ...[wildHistories, forwardHistories],
  ],
  'fails now and then': [
    ...['accepts 200 keys that come at once', 'goes on accepting what is new for as long as it runs'],
    ...[instances, lastSecond, longWindow, full, roomAgain, wildHistories, forwardHistories],
  ],
}

describe('a store is caught that', () => {
  test.each(Object.entries(caughtBy) as [Flaw, readonly string[]][])('%s', async (flaw, cases) => {
    const failures = await failuresOf(storeWith(flaw))
    expect([...failures.keys()].sort()).toEqual([...cases].sort())
  })

  it('says it is durable, and has nothing to reopen', async () => {
    const failures = await failuresOf(memory, { shared: false })
    expect([...failures.keys()]).toContain(durability)
  })
})

describe('a failure', () => {
  it('says what the store did, and what it should have done', async () => {
    const [first] = (await failuresOf(storeWith('forgets without raising the floor'))).values()
    expect(first).toBe(
      'a replay, the clock set back ten minutes: the store answered accepted, and not replayed or stale or replay_store_starting',
    )
  })

  it('names the history, so that it can be played again', async () => {
    const flaw = storeWith('looks only where its created belongs')
    const failures = [await failuresOf(flaw), await failuresOf(flaw), await failuresOf(flaw, { seed: 2 })]
    const [first, again, other] = failures.map((messages) => messages.get(wildHistories))
    expect(first).toMatch(/^history \d+ of seed 1: a key was accepted that was accepted with a created \d+ s later$/)
    expect(again).toBe(first)
    expect(other).toMatch(/of seed 2/)
  })

  it('carries the error of the store, and closes the store', async () => {
    const cause = new Error('the connection was reset')
    const close = vi.fn()
    const fails: MakeReplayStore = () => ({ store: { claim: () => Promise.reject(cause) }, close })
    const [first] = replayStoreConformance(fails)
    await expect(first?.run()).rejects.toThrow(
      expect.objectContaining({ message: expect.stringContaining('now + 0 s the store threw Error: the conn'), cause }),
    )
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('tells of an instance that cannot be had', async () => {
    expect((await failuresOf(memory, { durable: false })).get(instances)).toMatch(/give it one, or declare/)
  })
})

describe('what a store does not offer', () => {
  const declared = { durable: false, shared: false, bounded: false, serverClock: Date.now, histories: 2 }

  it('is left out by name and with the reason', async () => {
    const makeStore = vi.fn(memory)
    const skipped = replayStoreConformance(makeStore, declared).filter((one) => one.skipped !== undefined)
    expect(skipped.map(({ name }) => name)).toContain(
      `${instances} (not checked: the store declares that it serves a single instance)`,
    )
    expect(skipped.map(({ name }) => name)).toContain(
      `${clockBack} (not checked: the store takes its time from a server)`,
    )
    for (const { run } of skipped) await run()
    expect(makeStore).not.toHaveBeenCalled()
  })

  it('leaves the rest, also with a clock that goes on by itself', async () => {
    let time = 1_800_000_000_000
    const serverClock = (): number => time++
    expect(await failuresOf(storeWith(), { serverClock, histories: 5 })).toEqual(new Map())
    const failures = await failuresOf(storeWith('looks only where its created belongs'), { serverClock })
    expect([...failures.keys()]).toEqual([otherCreated, durability, forwardHistories])
  })
})

describe('the list of cases', () => {
  it('has a name and a guarantee for each', () => {
    const cases = replayStoreConformance(memory)
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
    expect(new Set(cases.map(({ proves }) => proves))).toEqual(new Set(['a', 'b', 'a and b', 'service']))
  })

  it('finds a misspelt option', () => {
    expect(() => replayStoreConformance(memory, { durabel: false } as never)).toThrow(/no option "durabel"/)
  })
})

import type { ClaimOutcome, ReplayClaim, ReplayStore } from '@countersign/verifier'
import { expect, test } from 'vitest'
import { createKeyRing } from './runner/key-ring.ts'
import { runVector } from './runner/run-vector.ts'
import { memoryStores, type SequenceStores } from './runner/sequence-stores.ts'
import { vectorsOf } from './runner/vector.ts'
import { disagreement } from './runner/verdict.ts'
import { vectorFiles, vectorKeys } from './vector-files.ts'

const keys = createKeyRing(vectorKeys)
const sequences = vectorFiles.flatMap(([, file]) => vectorsOf(file)).filter(({ type }) => type === 'sequence')

/** What a store with one fault does with a claim. `lastSeconds` says until when each key is remembered. */
type Decide = (claim: ReplayClaim, lastSeconds: Map<string, number>) => ClaimOutcome | Promise<ClaimOutcome>

/** A store that finds after any restart what it had. */
function storesThat(decide: Decide): SequenceStores {
  const lastSeconds = new Map<string, number>()
  const store: ReplayStore = { claim: (claim) => decide(claim, lastSeconds) }
  return { open: () => store }
}

/** Remembers a key until a time, and nothing else. */
function until(lastSecond: (claim: ReplayClaim) => number, nameOf = (claim: ReplayClaim): string => claim.key): Decide {
  return (claim, lastSeconds) => {
    for (const [key, last] of lastSeconds) if (last < claim.now) lastSeconds.delete(key)
    const name = nameOf(claim)
    if (lastSeconds.has(name)) return 'replayed'
    lastSeconds.set(name, lastSecond(claim))
    return 'accepted'
  }
}

const never = (): number => Number.POSITIVE_INFINITY

/** Refuses what was created before the newest that it has seen. */
const inOrder: Decide = (claim, lastSeconds) => {
  const newest = lastSeconds.get('newest') ?? 0
  if (claim.created < newest) return 'stale'
  lastSeconds.set('newest', claim.created)
  return until(never)(claim, lastSeconds)
}

/** Looks, waits for an answer, and writes. */
const inTwoSteps: Decide = async (claim, lastSeconds) => {
  const known = lastSeconds.has(claim.key)
  await Promise.resolve()
  lastSeconds.set(claim.key, never())
  return known ? 'replayed' : 'accepted'
}

/** Stores with a fault that some library has, and sequences that show it. */
const wrongStores: readonly (readonly [what: string, stores: () => SequenceStores, shown: readonly string[]])[] = [
  [
    'accepts everything',
    () => storesThat(() => 'accepted'),
    ['same-bytes', 'fifty-copies', 'last-second', 'clock-back'],
  ],
  ['looks and writes in two steps', () => storesThat(inTwoSteps), ['fifty-copies', 'fifty-copies-with-body']],
  [
    'remembers for 60 s from first sight',
    () => storesThat(until(({ now }) => now + 60)),
    ['created-in-future', 'window-wider', 'clock-back-after-forgetting'],
  ],
  [
    'forgets what is too old, without a floor',
    () => storesThat(until(({ forgetAfter }) => forgetAfter)),
    ['window-wider', 'window-wider-after-forgetting', 'clock-back-after-forgetting', 'clock-back-ten-minutes'],
  ],
  [
    'takes a nonce with another created for another nonce',
    () => storesThat(until(never, ({ key, created }) => `${key} ${created}`)),
    ['later-created', 'earlier-created'],
  ],
  ['accepts in order alone', () => storesThat(inOrder), ['out-of-order', 'restart-durable-serves']],
  [
    'does not know after a restart that it was empty before',
    () => {
      const stores = memoryStores()
      return { open: (clock, start) => stores.open(clock, start === 'lost' ? 'fresh' : start) }
    },
    ['restart-memory', 'restart-memory-future', 'restart-memory-edge', 'window-wider-lost'],
  ],
  [
    'loses at a restart what it should keep',
    () => {
      const stores = memoryStores()
      return { open: (clock, start) => stores.open(clock, start === 'kept' ? 'fresh' : start) }
    },
    ['restart-durable', 'window-wider', 'window-narrower'],
  ],
  [
    'refuses for a while after every start',
    () => {
      const stores = memoryStores()
      return { open: (clock) => stores.open(clock, 'lost') }
    },
    ['same-bytes', 'other-nonces', 'restart-durable-serves'],
  ],
]

test.each(wrongStores)('a store that %s is found', async (_what, stores, shown) => {
  const found: string[] = []
  for (const vector of sequences) {
    const wrong = disagreement(vector, await runVector(vector, keys, { stores: stores() }))
    if (wrong !== undefined) found.push(vector.id)
  }
  expect(found).toEqual(expect.arrayContaining(shown.map((name) => `sequence-${name}`)))
})

import { refuseUnknownOptions, SignatureError } from '@countersign/core'
import { type Announce, announcer, type FloorRaisedOptions } from './floor-raised.ts'
import { addKey, createKeySet, type HashedKey, hasKey, type KeySet, type KeySetSecret, readKey } from './key-set.ts'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from './replay-store.ts'
import { startingRefusal } from './starting.ts'
import { type Room, type RoomOptions, roomOf, unixSecondsOf } from './store-options.ts'

/** What {@link createMemoryReplayStore} is told. */
export interface MemoryReplayStoreOptions extends RoomOptions, FloorRaisedOptions {
  /**
   * Says that no earlier process served this scope within the window: a demo, a test, a first deploy.
   * Without it, the store refuses whatever may have been accepted before it started.
   *
   * @default false
   */
  readonly startsFresh?: boolean
  /** The time in milliseconds since the Unix epoch, read once at the start. @default Date.now */
  readonly clock?: () => number
}

/** Seconds of `created` that share a bucket: few and wide, since a claim looks into all of them. */
const bucketSeconds = 16

/** What was accepted with a `created` in one stretch of time. */
interface Bucket {
  /** The latest `created` that falls into it. */
  readonly end: number
  readonly keys: KeySet
  readonly perPrincipal: Map<string, number>
}

/**
 * Nobody needs to choose it: it only decides where keys go in memory. Without a secure random source a holder of a key
 * could choose nonces that meet in one place, which costs no more than a segment to look through.
 */
const defaultRandom = (): KeySetSecret =>
  Array.from(globalThis.crypto?.getRandomValues(new Int32Array(4)) ?? [0, 0, 0, 0])

/** What the functions below work on. */
interface State {
  /** Made at the first claim: workerd has no random values before a request comes. */
  secret: KeySetSecret | undefined
  readonly buckets: Map<number, Bucket>
  readonly perPrincipal: Map<string, number>
  readonly room: Room
  /** When the store was made, unless it starts fresh. */
  readonly startedAt: number | undefined
  readonly announce: Announce
  /** Nothing at or below it is accepted. */
  floor: number
  /** The time for which all was forgotten that could be. */
  forgotAt: number
  /** The longest time from `created` to `forgetAfter` that was ever asked for. */
  longestLife: number
  total: number
}

/**
 * A replay store for one process. It is lost with the process, so a new one refuses for its first
 * seconds (as many as the verifier's future skew) whatever an earlier process may have accepted. Several
 * processes need a store that they share.
 *
 * @throws TypeError when an option is misspelt or not a whole number.
 */
export function createMemoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  refuseUnknownOptions('createMemoryReplayStore', options, [
    'startsFresh',
    'maxEntries',
    'maxEntriesPerPrincipal',
    'clock',
    'onFloorRaised',
  ])
  const { startsFresh = false, clock = Date.now } = options
  const state: State = {
    secret: undefined,
    buckets: new Map(),
    perPrincipal: new Map(),
    room: roomOf(options),
    startedAt: startsFresh ? undefined : unixSecondsOf(clock),
    announce: announcer('memory', options),
    floor: Number.NEGATIVE_INFINITY,
    forgotAt: Number.NEGATIVE_INFINITY,
    longestLife: 0,
    total: 0,
  }
  return Object.freeze({ claim: (claim: ReplayClaim) => claimIn(state, claim) })
}

/** One synchronous step, hence atomic: window, start, floor, what is known, what fits, and only then the entry. */
function claimIn(state: State, claim: ReplayClaim): ClaimOutcome {
  const { created, forgetAfter, now } = claim
  const key = readKey(claim.key, secretOf(state))
  state.longestLife = Math.max(state.longestLife, forgetAfter - created)
  forget(state, now)
  if (now > forgetAfter || created > now + claim.futureSkewSeconds) return 'stale'
  if (created <= state.floor) return 'stale'
  for (const bucket of state.buckets.values()) if (hasKey(bucket.keys, key)) return 'replayed'
  const starting = startingRefusal(state.startedAt, claim)
  if (starting !== undefined) {
    state.announce('no-history', starting.floor)
    throw starting.refusal
  }
  refuseWhenFull(state, claim)
  remember(state, claim, key)
  return 'accepted'
}

function secretOf(state: State): KeySetSecret {
  state.secret ??= defaultRandom()
  return state.secret
}

/** Raises the floor past a bucket and only then drops it. No message in it is acceptable any longer. */
function forget(state: State, now: number): void {
  // Within one second there is nothing more to forget.
  if (now === state.forgotAt) return
  state.forgotAt = now
  const before = state.floor
  for (const [index, bucket] of state.buckets) {
    if (bucket.end + state.longestLife >= now) continue
    state.floor = Math.max(state.floor, bucket.end)
    state.buckets.delete(index)
    state.total -= bucket.keys.size
    for (const [principal, count] of bucket.perPrincipal) addTo(state.perPrincipal, principal, -count)
  }
  if (state.floor > before) state.announce('forgotten', state.floor)
}

function refuseWhenFull(state: State, claim: ReplayClaim): void {
  const own = state.perPrincipal.get(claim.principal) ?? 0
  if (state.total < state.room.total && own < state.room.perPrincipal) return
  let oldest = Number.POSITIVE_INFINITY
  for (const bucket of state.buckets.values()) oldest = Math.min(oldest, bucket.end)
  const retryAfterSeconds = Math.max(1, oldest + state.longestLife + 1 - claim.now)
  throw new SignatureError('replay_store_full', '', { retryAfterSeconds })
}

function remember(state: State, claim: ReplayClaim, key: HashedKey): void {
  const index = Math.floor(claim.created / bucketSeconds)
  let bucket = state.buckets.get(index)
  if (bucket === undefined) {
    bucket = { end: (index + 1) * bucketSeconds - 1, keys: createKeySet(secretOf(state)), perPrincipal: new Map() }
    state.buckets.set(index, bucket)
  }
  addKey(bucket.keys, key)
  addTo(bucket.perPrincipal, claim.principal, 1)
  addTo(state.perPrincipal, claim.principal, 1)
  state.total++
}

/** A count of zero leaves the map, or each principal ever seen would stay in it. */
function addTo(counts: Map<string, number>, name: string, amount: number): void {
  const count = (counts.get(name) ?? 0) + amount
  if (count === 0) counts.delete(name)
  else counts.set(name, count)
}

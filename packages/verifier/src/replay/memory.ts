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

/** Seconds of `created` that share a bucket, which is forgotten as a whole. */
const bucketSeconds = 16

/** What was accepted with a `created` in one stretch of time. */
interface Bucket {
  /** The latest `created` that falls into it. */
  readonly end: number
  /** Numbers its keys: later buckets have greater numbers. */
  readonly group: number
  /** How many keys are in it. */
  size: number
  readonly shares: Map<string, Share>
}

/** How many live nonces one principal has, in all buckets. */
interface Account {
  live: number
}

/** How many of them are in one bucket. */
interface Share {
  readonly account: Account
  count: number
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
  keys: KeySet
  readonly buckets: Map<number, Bucket>
  readonly accounts: Map<string, Account>
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
    keys: createKeySet(),
    buckets: new Map(),
    accounts: new Map(),
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
  if (hasKey(state.keys, key)) return 'replayed'
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
    state.keys.forgotten = Math.max(state.keys.forgotten, bucket.group)
    state.total -= bucket.size
    for (const [principal, { account, count }] of bucket.shares) {
      account.live -= count
      // Or each principal ever seen would stay in it.
      if (account.live === 0) state.accounts.delete(principal)
    }
  }
  // After a rush, when nobody has come for a while, the memory is given back.
  if (state.total === 0) state.keys = createKeySet()
  if (state.floor > before) state.announce('forgotten', state.floor)
}

function refuseWhenFull(state: State, claim: ReplayClaim): void {
  const own = state.accounts.get(claim.principal)?.live ?? 0
  if (state.total < state.room.total && own < state.room.perPrincipal) return
  let oldest = Number.POSITIVE_INFINITY
  for (const bucket of state.buckets.values()) oldest = Math.min(oldest, bucket.end)
  const retryAfterSeconds = Math.max(1, oldest + state.longestLife + 1 - claim.now)
  throw new SignatureError('replay_store_full', '', { retryAfterSeconds })
}

function remember(state: State, { created, principal }: ReplayClaim, key: HashedKey): void {
  const bucket = bucketOf(state, created)
  const share = shareOf(state, bucket, principal)
  addKey(state.keys, key, bucket.group)
  bucket.size++
  share.count++
  share.account.live++
  state.total++
}

function bucketOf({ buckets }: State, created: number): Bucket {
  const group = Math.ceil((created + 1) / bucketSeconds)
  let bucket = buckets.get(group)
  if (bucket === undefined) {
    if (!(group > 0 && group < 2 ** 31)) throw new TypeError('the times of a claim are in seconds since the Unix epoch')
    bucket = { end: group * bucketSeconds - 1, group, size: 0, shares: new Map() }
    buckets.set(group, bucket)
  }
  return bucket
}

function shareOf({ accounts }: State, { shares }: Bucket, principal: string): Share {
  let share = shares.get(principal)
  if (share === undefined) {
    const account = accounts.get(principal) ?? { live: 0 }
    accounts.set(principal, account)
    share = { account, count: 0 }
    shares.set(principal, share)
  }
  return share
}

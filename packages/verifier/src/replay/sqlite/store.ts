import { refuseUnknownOptions, SignatureError } from '@countersign/core'
import { keyBytes } from '../claim-key.ts'
import { type Announce, announcer, type FloorRaisedOptions } from '../floor-raised.ts'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from '../replay-store.ts'
import { startingRefusal } from '../starting.ts'
import { type Room, type RoomOptions, requireWholeNumber, roomOf, unixSecondsOf } from '../store-options.ts'
import { configureConnection, requireDurability, type SqliteDatabase } from './connection.ts'
import { openSqliteTables, type SqliteState, type SqliteTables } from './tables.ts'

export type { FloorRaised, FloorRaisedOptions } from '../floor-raised.ts'
export type { RoomOptions } from '../store-options.ts'
export type { SqliteDatabase, SqliteStatement, SqliteValue } from './connection.ts'

/** What {@link createSqliteReplayStore} is told. */
export interface SqliteReplayStoreOptions extends RoomOptions, FloorRaisedOptions {
  /**
   * Says that no earlier process served this scope within the window: a test, a first deploy. It counts
   * only for a file without a history. Without it, a store on such a file refuses whatever may have been
   * accepted before.
   *
   * @default false
   */
  readonly startsFresh?: boolean
  /** How long a claim waits for the other processes of the file. This one stands still meanwhile. @default 1000 */
  readonly busyTimeoutMilliseconds?: number
  /** The time in milliseconds since the Unix epoch, read once and for a new file alone. @default Date.now */
  readonly clock?: () => number
}

/** What the functions below work on. */
interface Store {
  readonly tables: SqliteTables
  readonly room: Room
  readonly announce: Announce
}

/** Seconds of `created` that share a bucket, at the least. */
const bucketSeconds = 16

/** Buckets that are live at a time, about: a claim looks into each of them. */
const bucketCount = 8

/**
 * A durable replay store for one host: what it accepted, it remembers through crashes, restarts and power
 * loss. Several processes may share the file, each with a connection of its own.
 *
 * @param database an open file. It is best kept for this store alone, and is closed by its owner.
 * @throws TypeError when an option is misspelt, or the database could lose what was accepted.
 */
export function createSqliteReplayStore(database: SqliteDatabase, options: SqliteReplayStoreOptions = {}): ReplayStore {
  refuseUnknownOptions('createSqliteReplayStore', options, [
    'startsFresh',
    'maxEntries',
    'maxEntriesPerPrincipal',
    'busyTimeoutMilliseconds',
    'clock',
    'onFloorRaised',
  ])
  const { startsFresh = false, busyTimeoutMilliseconds = 1000, clock = Date.now } = options
  const room = roomOf(options)
  requireWholeNumber('busyTimeoutMilliseconds', busyTimeoutMilliseconds, 0)
  configureConnection(database, { mayBeInMemory: startsFresh, busyTimeoutMilliseconds })
  const tables = openSqliteTables(database, startsFresh ? undefined : unixSecondsOf(clock))
  requireDurability(database)
  const store: Store = { tables, room, announce: announcer('sqlite', options) }
  return Object.freeze({ claim: (claim: ReplayClaim) => claimIn(store, claim) })
}

/** What a transaction came to. What it threw would be rolled back, and forgotten again by each claim that follows. */
interface Decision {
  readonly answer: ClaimOutcome | SignatureError
  /** Told once it is committed. */
  readonly raised?: Parameters<Announce>
}

/** What is out of the window takes no lock. */
function claimIn(store: Store, claim: ReplayClaim): ClaimOutcome {
  const key = keyBytes(claim.key)
  if (claim.now > claim.forgetAfter || claim.created > claim.now + claim.futureSkewSeconds) return 'stale'
  const { answer, raised } = store.tables.transaction(() => decide(store, claim, key))
  if (raised !== undefined) store.announce(...raised)
  if (typeof answer !== 'string') throw answer
  return answer
}

/** The steps of one transaction: forget, floor, what is known, start, what fits, and only then the entry. */
function decide(store: Store, claim: ReplayClaim, key: Uint8Array): Decision {
  const { tables } = store
  const before = currentState(tables, claim)
  const state = forget(tables, before, claim.now)
  const raised: Pick<Decision, 'raised'> = state.floor > before.floor ? { raised: ['forgotten', state.floor] } : {}
  if (claim.created <= state.floor) return { answer: 'stale', ...raised }
  if (tables.has(key)) return { answer: 'replayed', ...raised }
  const starting = startingRefusal(state.startedAt, claim)
  if (starting !== undefined) return { answer: starting.refusal, raised: ['no-history', starting.floor] }
  const full = roomRefusal(store, state, claim)
  if (full !== undefined) return { answer: full, ...raised }
  tables.remember({ bucket: bucketOf(claim.created, state.longestLife), key, principal: claim.principal })
  return { answer: 'accepted', ...raised }
}

/** Tables that somebody has emptied begin anew, and not fresh. */
function currentState(tables: SqliteTables, claim: ReplayClaim): SqliteState {
  let state = tables.state()
  if (state === undefined) {
    tables.begin(claim.now)
    state = { floor: -1, longestLife: 0, startedAt: claim.now }
  }
  const life = claim.forgetAfter - claim.created
  if (life <= state.longestLife) return state
  tables.setLongestLife(life)
  return { ...state, longestLife: life }
}

/** Raises the floor past the buckets in which no message is acceptable any longer, and only then drops them. */
function forget(tables: SqliteTables, state: SqliteState, now: number): SqliteState {
  const bucket = tables.newestBefore(now - state.longestLife)
  if (bucket === undefined) return state
  tables.forget(bucket)
  return { ...state, floor: Math.max(state.floor, bucket) }
}

function roomRefusal({ tables, room }: Store, state: SqliteState, claim: ReplayClaim): SignatureError | undefined {
  const taken = tables.room(claim.principal)
  if (taken.total < room.total && taken.ofPrincipal < room.perPrincipal) return undefined
  const retryAfterSeconds = Math.max(1, taken.oldestBucket + state.longestLife + 1 - claim.now)
  return new SignatureError('replay_store_full', '', { retryAfterSeconds })
}

/** Wider for a longer window, so that a claim never has many buckets to look into. */
function bucketOf(created: number, longestLife: number): number {
  const width = Math.max(bucketSeconds, 2 ** Math.ceil(Math.log2(longestLife / bucketCount)))
  return Math.ceil((created + 1) / width) * width - 1
}

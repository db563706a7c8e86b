import { refuseUnknownOptions, SignatureError } from '@countersign/core'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from './replay-store.ts'
import { configureConnection, requireDurability, type SqliteDatabase } from './sqlite-connection.ts'
import { openSqliteTables, type SqliteState, type SqliteTables } from './sqlite-tables.ts'
import { startingRefusal } from './starting.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite-connection.ts'

/** What {@link createSqliteReplayStore} is told. */
export interface SqliteReplayStoreOptions {
  /**
   * Says that no earlier process served this scope within the window: a test, a first deploy. It counts
   * only for a file without a history. Without it, a store on such a file refuses whatever may have been
   * accepted before.
   *
   * @default false
   */
  readonly startsFresh?: boolean
  /** Live nonces of all principals together. A full store refuses; it never evicts. @default 1000000 */
  readonly maxEntries?: number
  /** Live nonces of one principal. @default a tenth of maxEntries */
  readonly maxEntriesPerPrincipal?: number
  /** How long a claim waits for the other processes of the file. This one stands still meanwhile. @default 1000 */
  readonly busyTimeoutMilliseconds?: number
  /** The time in milliseconds since the Unix epoch, read once and for a new file alone. @default Date.now */
  readonly clock?: () => number
}

/** What the functions below work on. */
interface Store {
  readonly tables: SqliteTables
  readonly limits: { readonly total: number; readonly perPrincipal: number }
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
  ])
  const { startsFresh = false, maxEntries = 1_000_000, busyTimeoutMilliseconds = 1000, clock = Date.now } = options
  const { maxEntriesPerPrincipal = Math.ceil(maxEntries / 10) } = options
  requireWholeNumber('maxEntries', maxEntries, 1)
  requireWholeNumber('maxEntriesPerPrincipal', maxEntriesPerPrincipal, 1)
  requireWholeNumber('busyTimeoutMilliseconds', busyTimeoutMilliseconds, 0)
  configureConnection(database, { mayBeInMemory: startsFresh, busyTimeoutMilliseconds })
  const tables = openSqliteTables(database, startsFresh ? undefined : unixSeconds(clock))
  requireDurability(database)
  const store: Store = { tables, limits: { total: maxEntries, perPrincipal: maxEntriesPerPrincipal } }
  return Object.freeze({ claim: (claim: ReplayClaim) => claimIn(store, claim) })
}

/**
 * What is out of the window takes no lock. A refusal is thrown after the commit: rolled back with it,
 * what was forgotten would be forgotten again by each claim that follows.
 */
function claimIn(store: Store, claim: ReplayClaim): ClaimOutcome {
  const key = keyBytes(claim.key)
  if (claim.now > claim.forgetAfter || claim.created > claim.now + claim.futureSkewSeconds) return 'stale'
  const answer = store.tables.transaction(() => decide(store, claim, key))
  if (typeof answer !== 'string') throw answer
  return answer
}

/** The steps of one transaction: floor, what is known, start, what fits, and only then the entry. */
function decide(store: Store, claim: ReplayClaim, key: Uint8Array): ClaimOutcome | SignatureError {
  const { tables } = store
  const state = forget(tables, currentState(tables, claim), claim.now)
  if (claim.created <= state.floor) return 'stale'
  if (tables.has(key)) return 'replayed'
  const refusal = startingRefusal(state.startedAt, claim) ?? roomRefusal(store, state, claim)
  if (refusal !== undefined) return refusal
  tables.remember({ bucket: bucketOf(claim.created, state.longestLife), key, principal: claim.principal })
  return 'accepted'
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

function roomRefusal({ tables, limits }: Store, state: SqliteState, claim: ReplayClaim): SignatureError | undefined {
  const { total, ofPrincipal, oldestBucket } = tables.room(claim.principal)
  if (total < limits.total && ofPrincipal < limits.perPrincipal) return undefined
  const retryAfterSeconds = Math.max(1, oldestBucket + state.longestLife + 1 - claim.now)
  return new SignatureError('replay_store_full', '', { retryAfterSeconds })
}

/** Wider for a longer window, so that a claim never has many buckets to look into. */
function bucketOf(created: number, longestLife: number): number {
  const width = Math.max(bucketSeconds, 2 ** Math.ceil(Math.log2(longestLife / bucketCount)))
  return (Math.floor(created / width) + 1) * width - 1
}

/** 16 bytes instead of 22 characters. A key that is none is a mistake of the caller, and refused. */
function keyBytes(key: string): Uint8Array {
  if (!/^[\w-]{22}$/.test(key)) throw new TypeError('the key of a claim has 22 characters of base64url')
  const binary = atob(key.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** No number would be stored as NULL, which says that nothing was accepted before. */
function unixSeconds(clock: () => number): number {
  const seconds = Math.floor(clock() / 1000)
  requireWholeNumber('clock(), in seconds,', seconds, 0)
  return seconds
}

function requireWholeNumber(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) throw new TypeError(`${name} must be a whole number from ${least} on`)
}

import { refuseUnknownOptions } from '@countersign/core'
import { type Announce, announcer, type FloorRaisedOptions } from '../floor-raised.ts'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from '../replay-store.ts'
import { type RoomOptions, requireWholeNumber, roomOf, unixSecondsOf } from '../store-options.ts'
import { gather } from './batch.ts'
import { claimScript } from './claim-script.ts'
import { connectionOf, type RedisClient, type SendCommand } from './client.ts'
import { type Decision, readDecisions } from './decision.ts'
import { inspectServer } from './inspection.ts'
import { claimLine, partitionOf, roomOfPartition, stateKey } from './partition.ts'
import { runScript, type Script } from './run-script.ts'

export type { FloorRaised, FloorRaisedOptions } from '../floor-raised.ts'
export type { RoomOptions } from '../store-options.ts'
export type { RedisClient } from './client.ts'

/** What {@link createRedisReplayStore} is told. */
export interface RedisReplayStoreOptions extends RoomOptions, FloorRaisedOptions {
  /**
   * Says that no earlier process served this scope within the window: a test, a first deploy. It counts only where
   * Redis has no history when the store is made, and not when somebody empties it later.
   *
   * @default false
   */
  readonly startsFresh?: boolean
  /** What the names of all keys begin with. Stores with the same one share a history. @default 'countersign' */
  readonly keyPrefix?: string
  /**
   * Into how many parts the history is divided, so that it spreads over the nodes of a Cluster. Each has its share of
   * the room. All stores of one history have the same number.
   *
   * @default 1, and 16 for a Cluster
   */
  readonly partitions?: number
  /**
   * The time in milliseconds since the Unix epoch, for tests.
   *
   * @default the clock of the Redis server, so that verifiers whose clocks disagree go by one
   */
  readonly clock?: () => number
}

/** Claims that one command decides, at the most: what comes at once and is more takes several. */
const claimsPerCommand = 128

/** What the functions below work on. */
interface Store {
  readonly send: SendCommand
  readonly script: Script
  /** The part of the arguments that never changes: the number of partitions, and the room of one. */
  readonly settings: readonly string[]
  /** The clock that decides, or '' for that of the server. */
  readonly clock: () => string
  readonly announce: Announce
}

/** A claim, and what the script reads of it. */
interface Asked {
  readonly claim: ReplayClaim
  readonly line: string
}

/**
 * A replay store for the verifiers of many hosts, on Redis or Valkey, alone or as a Cluster. What Redis may have lost
 * in a restart, a failover, an eviction or a flush is refused, for some seconds. What it cannot know: see
 * docs/stores/redis.md.
 *
 * @param client a connected client of node-redis, ioredis or iovalkey. It is closed by its owner.
 * @returns once the server was found fit.
 * @throws TypeError when an option is misspelt, or the server could lose what was accepted without a trace.
 */
export async function createRedisReplayStore(
  client: RedisClient,
  options: RedisReplayStoreOptions = {},
): Promise<ReplayStore> {
  refuseUnknownOptions('createRedisReplayStore', options, [
    'startsFresh',
    'maxEntries',
    'maxEntriesPerPrincipal',
    'keyPrefix',
    'partitions',
    'clock',
    'onFloorRaised',
  ])
  const { send, isCluster } = connectionOf(client)
  const { startsFresh = false, keyPrefix = 'countersign', partitions = isCluster ? 16 : 1 } = options
  requireWholeNumber('partitions', partitions, 1)
  if (!/^[^{}\s]{1,200}$/.test(keyPrefix)) {
    throw new TypeError('keyPrefix must be 1 to 200 characters, without braces and white space')
  }
  const clock = clockOf(options)
  const room = roomOfPartition(roomOf(options), partitions)
  const settings = [partitions, room.total, room.perPrincipal].map(String)
  const keys = Array.from({ length: partitions }, (_value, index) => stateKey(keyPrefix, index))
  const [sha1 = ''] = await Promise.all(keys.map((key) => inspectServer(send, key, claimScript)))
  const store: Store = {
    send,
    script: { text: claimScript, sha1 },
    settings,
    clock,
    announce: announcer('redis', options),
  }
  await Promise.all(keys.map((key) => begin(store, key, startsFresh)))
  const ask = keys.map((key) => gather((asked: readonly Asked[]) => decide(store, key, asked), claimsPerCommand))
  return Object.freeze({ claim: (claim: ReplayClaim) => claimIn(ask, claim) })
}

/** @throws TypeError when the clock gives no time. */
function clockOf({ clock }: RedisReplayStoreOptions): () => string {
  if (clock === undefined) return () => ''
  const read = (): string => String(unixSecondsOf(clock))
  read()
  return read
}

/** Begins the history of a partition, unless it has one. */
async function begin({ send, script, settings, clock }: Store, key: string, startsFresh: boolean): Promise<void> {
  try {
    await runScript(send, script, { key, args: [clock(), startsFresh ? '1' : '', ...settings, '0'] })
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('COUNTERSIGN ')) {
      throw new TypeError(error.message.slice('COUNTERSIGN '.length), { cause: error })
    }
    throw error
  }
}

/** What is out of the verifier's own window is not sent. */
async function claimIn(
  ask: readonly ((asked: Asked) => Promise<Decision>)[],
  claim: ReplayClaim,
): Promise<ClaimOutcome> {
  const line = claimLine(claim)
  if (claim.now > claim.forgetAfter || claim.created > claim.now + claim.futureSkewSeconds) return 'stale'
  const decision = await ask[partitionOf(claim.key, ask.length)]?.({ claim, line })
  if (typeof decision !== 'string') throw decision
  return decision
}

/** One command for claims that go to one partition. A history that is missing now was lost: it does not start fresh. */
async function decide(store: Store, key: string, asked: readonly Asked[]): Promise<readonly Decision[]> {
  const { send, script, settings, clock, announce } = store
  const latest = asked.reduce((time, { claim }) => Math.max(time, claim.now), 0)
  const args = [clock(), '', ...settings, String(latest), ...asked.map(({ line }) => line)]
  const claims = asked.map(({ claim }) => claim)
  return readDecisions(await runScript(send, script, { key, args }), claims, announce)
}

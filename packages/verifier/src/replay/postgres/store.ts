import { digest, encodeUtf8, refuseUnknownOptions, SignatureError } from '@countersign/core'
import { keyBytes } from '../claim-key.ts'
import { type Announce, announcer, type FloorRaisedOptions } from '../floor-raised.ts'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from '../replay-store.ts'
import { startingRefusal } from '../starting.ts'
import { type RoomOptions, requireWholeNumber, roomOf, unixSecondsOf } from '../store-options.ts'
import { batching } from './batches.ts'
import { connectionOf, type PostgresClient } from './client.ts'
import { prepareDatabase } from './configuration.ts'
import { namesOf, parseTable } from './names.ts'
import { type PostgresEntry, type PostgresRounds, type PostgresVerdict, roundsOf } from './rounds.ts'
import { defaultTable } from './schema.ts'

export type { FloorRaised, FloorRaisedOptions } from '../floor-raised.ts'
export type { RoomOptions } from '../store-options.ts'
export type { PostgresClient, PostgresQueryClient, PostgresUnsafeClient } from './client.ts'
export { postgresReplayStoreSql } from './schema.ts'

/** What {@link createPostgresReplayStore} is told. */
export interface PostgresReplayStoreOptions extends RoomOptions, FloorRaisedOptions {
  /**
   * Says that no earlier process served this scope within the window: a test, a first deploy. It counts only for a
   * new table, and once. Without it, a store on a new table refuses whatever may have been accepted before.
   *
   * @default false
   */
  readonly startsFresh?: boolean
  /** `name`, which is in the schema public, or `schema.name`. @default 'countersign_nonces' */
  readonly table?: string
  /** Whether to create what is missing. If not, {@link postgresReplayStoreSql} tells what to run. @default true */
  readonly createTable?: boolean
  /**
   * The time in milliseconds since the Unix epoch. A clock of your own is for tests.
   *
   * @default the clock of the server, so that verifiers whose clocks disagree share one
   */
  readonly clock?: () => number
}

/** What the functions below work on. */
interface Store {
  readonly ask: (entry: PostgresEntry) => Promise<PostgresVerdict>
  /** Raises the floor where that is due, and deletes. One call at a time: others get the same promise. */
  readonly forget: () => Promise<void>
  readonly announce: Announce
}

/** 128 claims take about as long as the way to the database. */
const batchOptions = { most: 128, waiting: 10_000 } as const

/**
 * A durable replay store for any number of hosts that share a PostgreSQL server. What it accepted is on the disk
 * before it is told. A promoted standby, which may lack the last of it, refuses for some seconds instead.
 *
 * @param client of pg or postgres.js. It is closed by its owner.
 * @throws TypeError when an option is misspelt, or the server could lose what was accepted.
 */
export async function createPostgresReplayStore(
  client: PostgresClient,
  options: PostgresReplayStoreOptions = {},
): Promise<ReplayStore> {
  refuseUnknownOptions('createPostgresReplayStore', options, [
    'startsFresh',
    'maxEntries',
    'maxEntriesPerPrincipal',
    'table',
    'createTable',
    'clock',
    'onFloorRaised',
  ])
  const { startsFresh = false, table = defaultTable, createTable = true, clock } = options
  const room = roomOf(options)
  const place = parseTable(table)
  const { ask, width } = connectionOf(client)
  const ownClock = clock && (() => unixSecondsOf(clock))
  ownClock?.()
  await prepareDatabase(ask, place, { createTable })
  const rounds = roundsOf(ask, namesOf(place), { room, ownClock })
  await rounds.start(startsFresh)
  const announce = announcer('postgres', options)
  const store: Store = {
    ask: batching(rounds.claim, { ...batchOptions, inFlight: width }),
    forget: forgetting(rounds, announce),
    announce,
  }
  return Object.freeze({ claim: (claim: ReplayClaim) => claimIn(store, claim) })
}

/** What is out of the window of the verifier takes no round trip. The server asks again by its own clock. */
async function claimIn(store: Store, claim: ReplayClaim): Promise<ClaimOutcome> {
  if (claim.now > claim.forgetAfter || claim.created > claim.now + claim.futureSkewSeconds) return 'stale'
  const entry = await entryOf(claim)
  let verdict = await store.ask(entry)
  if (isForgettingDue(verdict)) {
    // Nobody waits for it but one who finds no room. If it fails, it is due again at the next claim.
    const forgotten = store.forget()
    forgotten.catch(() => {})
    if (verdict.outcome === 'full') {
      await forgotten
      verdict = await store.ask(entry)
    }
  }
  return outcomeOf(store, claim, verdict)
}

/** Checks what the database could not read: it would refuse the other claims of the batch too. */
async function entryOf(claim: ReplayClaim): Promise<PostgresEntry> {
  for (const name of ['created', 'forgetAfter', 'now', 'futureSkewSeconds'] as const) {
    requireWholeNumber(name, claim[name], 0)
  }
  const principal = await digest('sha-256', encodeUtf8(claim.principal))
  return { key: hexadecimal(keyBytes(claim.key)), principal: hexadecimal(principal.subarray(0, 16)), claim }
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function isForgettingDue({ now, floor, oldest, life }: PostgresVerdict): boolean {
  return oldest !== null && (oldest <= floor || oldest + life < now)
}

function outcomeOf(store: Store, claim: ReplayClaim, verdict: PostgresVerdict): ClaimOutcome {
  const { outcome, now, oldest, life, startedAt, because } = verdict
  switch (outcome) {
    case 'accepted':
    case 'replayed':
    case 'stale':
      return outcome
    case 'full':
      throw new SignatureError('replay_store_full', '', {
        retryAfterSeconds: Math.max(1, (oldest ?? now) + life + 1 - now),
      })
    case 'starting': {
      const starting = startingRefusal(startedAt ?? now, claim, now)
      if (starting === undefined) break
      store.announce(because ?? 'no-history', starting.floor)
      throw starting.refusal
    }
  }
  throw new Error('the database gave an answer that is none')
}

/** One forgetting at a time in this process. Several processes may try: the first raises the floor, and all delete. */
function forgetting({ forget }: PostgresRounds, announce: Announce): () => Promise<void> {
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    for (let more = true; more; ) {
      const step = await forget()
      if (step.raised !== null) announce('forgotten', step.raised)
      more = step.more
    }
  }
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

import { isSignatureError, type MaybePromise } from '@countersign/core'
import type { ClaimOutcome, ReplayClaim, ReplayStore } from '../replay-store.ts'

/**
 * What a case proves. a: a signed message is accepted at most once, ever. b: of two messages that are
 * acceptable at one time, each (scope, principal, nonce) is accepted at most once. service: what is new is
 * let in.
 */
export type Guarantee = 'a' | 'b' | 'a and b' | 'service'

/** What `makeStore` is told. */
export interface ReplayStoreSetting {
  /** The time in milliseconds since the Unix epoch, for a store that reads a clock of its own. */
  readonly clock: () => number
  /** Whether the store may believe that nothing was accepted before it. */
  readonly startsFresh: boolean
  /** How many entries the store shall have room for, in the cases about a full one. */
  readonly maxEntries?: number
}

/** A new store without entries, for a single case. */
export interface ReplayStoreSubject {
  readonly store: ReplayStore
  /**
   * Ends the store and starts it again on what it kept. Without it the store keeps nothing, and a restart
   * is a `makeStore` that does not start fresh.
   */
  readonly reopen?: () => MaybePromise<ReplayStore>
  /** Another instance beside the first, on the same history: a second process, or a second connection. */
  readonly join?: () => MaybePromise<ReplayStore>
  /** Called when the case is over, also after a restart. */
  readonly close?: () => MaybePromise<void>
}

/** Makes the store that a case is about. */
export type MakeReplayStore = (setting: ReplayStoreSetting) => MaybePromise<ReplayStoreSubject>

/** What a store may declare that it does not offer. */
export type Need = 'travel' | 'durable' | 'shared' | 'bounded'

/** A case before it is bound to a store. */
export interface CaseDefinition {
  readonly name: string
  readonly proves: Guarantee
  /** Without these the case is left out. */
  readonly needs?: readonly Need[]
  readonly run: (open: OpenTrial) => Promise<void>
}

/** Makes a store for a case, and closes the one before. It starts fresh unless the case says otherwise. */
export type OpenTrial = (setting?: { readonly startsFresh?: boolean; readonly maxEntries?: number }) => Promise<Trial>

const outcomes: readonly ClaimOutcome[] = ['accepted', 'replayed', 'stale']

/** With what a store says why it cannot tell. */
const whyNot = ['replay_store_starting', 'replay_store_full'] as const

/** How a store can answer: an outcome, or that it cannot tell. */
export type Answer = ClaimOutcome | (typeof whyNot)[number]

/** A claim by what matters to the case. */
export interface ClaimParts {
  readonly key: string
  /** @default the time of the trial */
  readonly created?: number
  /** How old the verifier lets a message be. @default 60 */
  readonly maxAgeSeconds?: number
  /** @default one for all */
  readonly principal?: string
}

/** A store, the clock that it lives by, and what may be asked of it. */
export interface Trial {
  /** The clock in Unix seconds. */
  readonly now: () => number
  /** Moves the clock. */
  readonly travel: (seconds: number) => void
  /** Seconds that the clock may move by itself: edges cannot be met more exactly. */
  readonly margin: number
  /** @throws Error when the answer is none, or the store throws what it should not. */
  readonly ask: (parts: ClaimParts, instance?: ReplayStore) => Promise<Answer>
  /** Asks, and insists. @throws Error that names the situation. */
  readonly expect: (allowed: readonly Answer[], parts: ClaimParts, situation: string) => Promise<void>
  readonly restart: () => Promise<void>
  readonly join: () => Promise<ReplayStore>
}

/** The age in seconds that a message may have, and how far in the future it may lie: the defaults of a verifier. */
export const windowSeconds = { maxAge: 60, futureSkew: 10 } as const

/** Every answer that keeps a message out. */
export const refusals: readonly Answer[] = ['replayed', 'stale', 'replay_store_starting']

/** Any time does, as long as it is not near zero. */
const startOfTime = 1_700_000_000

/** A key as a verifier makes them: 22 characters of base64url. */
export function keyOf(number: number): string {
  return `K${number.toString(36).padStart(20, '0')}A`
}

/** A subject and its clock. `close` ends whichever subject is the last. */
export async function openTrial(
  makeStore: MakeReplayStore,
  options: { readonly startsFresh?: boolean; readonly maxEntries?: number; readonly serverClock?: () => number },
): Promise<{ trial: Trial; close: () => Promise<void> }> {
  const { startsFresh = true, maxEntries, serverClock } = options
  let seconds = startOfTime
  const clock = serverClock ?? (() => seconds * 1000)
  const now = (): number => Math.floor(clock() / 1000)
  const make = async (fresh: boolean): Promise<ReplayStoreSubject> =>
    makeStore({ clock, startsFresh: fresh, ...(maxEntries !== undefined && { maxEntries }) })
  let subject = await make(startsFresh)
  let { store } = subject
  const ask = (parts: ClaimParts, instance = store): Promise<Answer> => answerOf(instance, claimOf(parts, now()))

  const trial: Trial = {
    now,
    travel: (by) => {
      seconds += by
    },
    margin: serverClock ? 5 : 0,
    ask,
    expect: async (allowed, parts, situation) => insist(await ask(parts), allowed, situation),
    restart: async () => {
      if (subject.reopen) {
        store = await subject.reopen()
      } else {
        await subject.close?.()
        subject = await make(false)
        store = subject.store
      }
    },
    join: async () => {
      if (!subject.join) throw new Error('the subject has no join(): give it one, or declare `shared: false`')
      return subject.join()
    },
  }
  return { trial, close: async () => subject.close?.() }
}

function claimOf(parts: ClaimParts, now: number): ReplayClaim {
  const { key, created = now, maxAgeSeconds = windowSeconds.maxAge, principal = 'alice' } = parts
  return {
    key,
    principal,
    created,
    forgetAfter: created + maxAgeSeconds,
    now,
    futureSkewSeconds: windowSeconds.futureSkew,
  }
}

async function answerOf(store: ReplayStore, claim: ReplayClaim): Promise<Answer> {
  const offset = claim.created - claim.now
  const situation = `for a claim created at now ${offset < 0 ? '-' : '+'} ${Math.abs(offset)} s the store`
  let outcome: unknown
  try {
    outcome = await store.claim(claim)
  } catch (error) {
    if (isSignatureError(error) && isOneOf(whyNot, error.code)) return error.code
    throw new Error(`${situation} threw ${String(error)}`, { cause: error })
  }
  if (isOneOf(outcomes, outcome)) return outcome
  throw new Error(`${situation} answered ${String(outcome)}, which is no outcome`)
}

function isOneOf<Value>(values: readonly Value[], value: unknown): value is Value {
  return (values as readonly unknown[]).includes(value)
}

/** @throws Error that says what happened, and what should have. */
export function insist(answer: Answer, allowed: readonly Answer[], situation: string): void {
  if (allowed.includes(answer)) return
  throw new Error(`${situation}: the store answered ${answer}, and not ${allowed.join(' or ')}`)
}

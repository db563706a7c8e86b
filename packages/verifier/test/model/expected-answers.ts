import type { ReplayClaim } from '@countersign/verifier'
import { createReferenceModel } from '../../src/replay/conformance/reference-model.ts'
import { type Beginning, futureSkewSeconds } from './history.ts'

/** How a store can answer: an outcome, or why it cannot tell. */
export type Answer = 'accepted' | 'replayed' | 'stale' | 'replay_store_starting' | 'replay_store_full'

/** What a store promises of how it forgets. */
export interface Promises {
  /** Seconds of `created` at most that it forgets together, when the longest window is so long. */
  readonly bucketSeconds: (longestLife: number) => number
  /** @default true */
  readonly hasCapsPerPrincipal?: boolean
  /** It forgets some time after the claim that found that due, and waits for that only where it has no room. */
  readonly forgetsLater?: boolean
}

/** Knows, without being a store, what one may answer. */
export interface ExpectedAnswers {
  /** Takes note of a claim and its answer. @returns what is wrong with the answer, if anything is. */
  readonly judge: (claim: ReplayClaim, answer: Answer) => string | undefined
  /** The store was opened again on what it kept, and may forget on that occasion. */
  readonly opened: (now: number) => void
  /** From now on the store knows nothing of what it accepted, and knows that it does not. */
  readonly lost: (now: number) => void
}

/** An acceptance, and how certain it is that the store still has it. */
interface Entry {
  readonly key: string
  readonly principal: string
  readonly created: number
  /** The store has been asked at a time at which it may forget it. */
  mayBeGone: boolean
  /** It has been asked at a time at which it must have forgotten it. */
  isGone: boolean
}

interface State {
  entries: Entry[]
  /** No floor is higher than this: what is newer and in the window is never stale. */
  highestFloor: number
  /** What was created then or before may have been accepted by a store before this one. */
  startFloor: number
  /** The longest window of a message that was looked at, and of any that was asked about. */
  longestLife: number
  longestAsked: number
}

/**
 * It judges safety by the reference model of the conformance kit, which knows of no clock. Beyond that it keeps two
 * bounds for each entry, the earliest moment at which a store may forget it and the latest, and from them tells all
 * answers that are right: what is new must be let in where there is room, what cannot have been forgotten must be
 * `replayed`, `stale` needs a reason, and `replay_store_full` a full store.
 */
export function expectedAnswers(beginning: Beginning, promises: Promises, startedAt: number): ExpectedAnswers {
  const reference = createReferenceModel()
  const { hasCapsPerPrincipal = true } = promises
  const room = hasCapsPerPrincipal ? beginning : { ...beginning, maxEntriesPerPrincipal: Number.POSITIVE_INFINITY }
  const state: State = {
    entries: [],
    highestFloor: Number.NEGATIVE_INFINITY,
    startFloor: beginning.startsFresh ? Number.NEGATIVE_INFINITY : startedAt + futureSkewSeconds,
    longestLife: 0,
    longestAsked: 0,
  }
  return {
    judge: (claim, answer) => {
      passTime(state, claim, promises)
      const right = rightAnswers(state, claim, room)
      if (!right.includes(answer)) return `the store answered ${answer}, and not ${right.join(' or ')}`
      if (answer !== 'accepted') return undefined
      const { key, principal, created } = claim
      state.entries.push({ key, principal, created, mayBeGone: false, isGone: false })
      return reference.accepted(key, created)
    },
    opened: (now) => mayForgetAt(state, now, promises),
    lost: (now) => {
      Object.assign(state, { entries: [], longestLife: 0, longestAsked: 0 })
      state.startFloor = Math.max(state.startFloor, now + futureSkewSeconds)
    },
  }
}

/** Moves both bounds. A claim out of its window may make a store forget, and need not. */
function passTime(state: State, claim: ReplayClaim, promises: Promises): void {
  const life = claim.forgetAfter - claim.created
  state.longestAsked = Math.max(state.longestAsked, life)
  if (isInWindow(claim)) state.longestLife = Math.max(state.longestLife, life)
  mayForgetAt(state, claim.now, promises)
  const mustForget = claim.now - state.longestAsked - promises.bucketSeconds(state.longestAsked)
  for (const entry of state.entries) {
    const isDue = isInWindow(claim) && entry.created <= mustForget
    entry.isGone = isDue || (entry.isGone && !promises.forgetsLater)
  }
}

function mayForgetAt(state: State, now: number, { forgetsLater = false }: Promises): void {
  if (state.longestLife === 0) return
  const mayForget = now - state.longestLife - 1
  state.highestFloor = Math.max(state.highestFloor, mayForget)
  for (const entry of state.entries) {
    entry.mayBeGone ||= entry.created <= (forgetsLater ? state.highestFloor : mayForget)
  }
}

function rightAnswers(state: State, claim: ReplayClaim, room: Beginning): readonly Answer[] {
  if (!isInWindow(claim)) return ['stale']
  const right: Answer[] = claim.created <= state.highestFloor ? ['stale'] : []
  const known = state.entries.filter((entry) => entry.key === claim.key)
  if (known.length > 0) right.push('replayed')
  if (known.some((entry) => !entry.mayBeGone)) return right
  if (claim.created <= state.startFloor) return [...right, 'replay_store_starting']
  const certain = taken(state, claim, (entry) => !entry.mayBeGone)
  const possible = taken(state, claim, (entry) => !entry.isGone)
  if (possible.total >= room.maxEntries || possible.own >= room.maxEntriesPerPrincipal) right.push('replay_store_full')
  if (certain.total < room.maxEntries && certain.own < room.maxEntriesPerPrincipal) right.push('accepted')
  return right
}

/** Both edges belong to the window. */
function isInWindow({ created, forgetAfter, now }: ReplayClaim): boolean {
  return now <= forgetAfter && created <= now + futureSkewSeconds
}

function taken(
  { entries }: State,
  { principal }: ReplayClaim,
  counts: (entry: Entry) => boolean,
): { total: number; own: number } {
  let total = 0
  let own = 0
  for (const entry of entries) {
    if (!counts(entry)) continue
    total++
    if (entry.principal === principal) own++
  }
  return { total, own }
}

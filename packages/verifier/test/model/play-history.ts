import { isSignatureError } from '@countersign/core'
import type { ReplayClaim, ReplayStore } from '@countersign/verifier'
import { type Answer, type ExpectedAnswers, expectedAnswers, type Promises } from './expected-answers.ts'
import { type Beginning, futureSkewSeconds, type History, type Step } from './history.ts'

/** A store that a history is played on. */
export interface Subject {
  /** One or more instances on one history. */
  readonly stores: readonly ReplayStore[]
  /** Closes them and opens them on what was kept. Without it a restart is an `open` that does not start fresh. */
  readonly reopen?: () => readonly ReplayStore[] | Promise<readonly ReplayStore[]>
  /** Empties the store from outside. */
  readonly wipe?: () => unknown
  readonly close?: () => unknown
}

/** A kind of store. */
export interface Engine extends Promises {
  /** It can only be opened as one that starts fresh. @default false */
  readonly isAlwaysFresh?: boolean
  readonly open: (setting: Beginning & { readonly clock: () => number }) => Subject | Promise<Subject>
}

/** How often something came to pass. Histories in which nothing happens prove nothing. */
export interface Coverage extends Record<Answer, number> {
  histories: number
  claims: number
  replays: number
  restarts: number
  wipes: number
  stepsBack: number
  stepsForward: number
}

export function emptyCoverage(): Coverage {
  return {
    ...{ histories: 0, claims: 0, replays: 0, restarts: 0, wipes: 0, stepsBack: 0, stepsForward: 0 },
    ...{ accepted: 0, replayed: 0, stale: 0, replay_store_starting: 0, replay_store_full: 0 },
  }
}

/** What an attacker holds. */
interface Captured {
  readonly key: string
  readonly principal: string
  readonly created: number
}

/** A history that is being played. */
interface Play {
  readonly engine: Engine
  readonly beginning: Beginning
  readonly coverage: Coverage
  readonly expected: ExpectedAnswers
  readonly captured: Captured[]
  subject: Subject
  stores: readonly ReplayStore[]
  now: number
  /** The latest that the clock has ever said. */
  latest: number
}

/** Any time does, as long as it is not near zero and not the start of a bucket. */
const startOfTime = 1_700_000_003

/** Plays a history, then lets the attacker send everything again at every time that might suit. @throws Error */
export async function playHistory(engine: Engine, history: History, coverage: Coverage): Promise<void> {
  const beginning = { ...history.beginning, ...(engine.isAlwaysFresh && { startsFresh: true }) }
  let readClock = (): number => startOfTime
  const subject = await engine.open({ ...beginning, clock: () => readClock() * 1000 })
  const expected = expectedAnswers(beginning, engine, startOfTime)
  const play: Play = {
    ...{ engine, beginning, coverage, expected, subject },
    ...{ captured: [], stores: subject.stores, now: startOfTime, latest: startOfTime },
  }
  readClock = () => play.now
  coverage.histories++
  try {
    for (const step of history.steps) await take(play, step)
    await sendAllAgain(play)
  } finally {
    await play.subject.close?.()
  }
}

async function take(play: Play, step: Step): Promise<void> {
  switch (step.kind) {
    case 'send':
      return send(play, newMessage(play, step.principal, step.offset), step)
    case 'flood':
      for (let sent = 0; sent < step.count; sent++)
        await send(play, newMessage(play, step.principal, 0), { ...step, maxAge: 60 })
      return
    case 'replay':
    case 'reuse': {
      const again = play.captured[step.pick % play.captured.length]
      if (again === undefined) return
      if (step.kind === 'reuse') return send(play, capture(play, { ...again, created: play.now + step.offset }), step)
      play.coverage.replays++
      return send(play, again, step)
    }
    case 'travel':
      return travel(play, step.seconds)
    case 'restart':
      return restart(play)
    case 'wipe':
      return wipe(play)
  }
}

function newMessage(play: Play, principal: number, offset: number): Captured {
  const key = `K${String(play.captured.length).padStart(20, '0')}A`
  return capture(play, { key, principal: `signer-${principal}`, created: play.now + offset })
}

function capture(play: Play, message: Captured): Captured {
  play.captured.push(message)
  return message
}

async function send(play: Play, message: Captured, { maxAge, at }: { maxAge: number; at: number }): Promise<void> {
  const { coverage, stores, now } = play
  const claim = { ...message, forgetAfter: message.created + maxAge, now, futureSkewSeconds }
  const answer = await ask(stores[at % stores.length] as ReplayStore, claim)
  const wrong = play.expected.judge(claim, answer)
  const situation = `${message.key}, created at now ${message.created - now} s, window ${maxAge} s`
  if (wrong !== undefined) throw new Error(`${situation}: ${wrong}`)
  coverage.claims++
  coverage[answer]++
}

async function ask(store: ReplayStore, claim: ReplayClaim): Promise<Answer> {
  try {
    return await store.claim(claim)
  } catch (error) {
    const code = isSignatureError(error) ? error.code : undefined
    if (code === 'replay_store_starting' || code === 'replay_store_full') return code
    throw error
  }
}

function travel(play: Play, seconds: number): void {
  play.now += seconds
  play.latest = Math.max(play.latest, play.now)
  if (seconds < 0) play.coverage.stepsBack++
  else play.coverage.stepsForward++
}

/** A store that keeps nothing cannot know that the clock was set back while it did not run: its page says so. */
async function restart(play: Play): Promise<void> {
  play.coverage.restarts++
  if (play.subject.reopen !== undefined) {
    play.stores = await play.subject.reopen()
    play.expected.opened(play.now)
    return
  }
  await play.subject.close?.()
  play.now = play.latest
  play.subject = await play.engine.open({ ...play.beginning, startsFresh: false, clock: () => play.now * 1000 })
  play.stores = play.subject.stores
  play.expected.lost(play.now)
}

/** Likewise, a store that was emptied learns the time from the claim that finds it so. */
async function wipe(play: Play): Promise<void> {
  if (play.subject.wipe === undefined) return
  play.coverage.wipes++
  play.now = play.latest
  await play.subject.wipe()
  play.expected.lost(play.now)
  for (const at of play.stores.keys()) await send(play, newMessage(play, 0, 0), { maxAge: 60, at })
}

/** Now, in the second in which each message was created, and in the last seconds of its window and of a longer one. */
async function sendAllAgain(play: Play): Promise<void> {
  const messages = [...play.captured]
  const { now } = play
  for (const [index, message] of messages.entries()) {
    for (const time of [now, message.created, message.created + 60, message.created + 600]) {
      play.now = time
      play.coverage.replays++
      await send(play, message, { maxAge: time === message.created + 600 ? 600 : 60, at: index })
    }
  }
}

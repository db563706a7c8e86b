import { type Answer, isBusy, shownAnswer } from '../session/answer.ts'
import type { Expectation, Stage } from '../session/stage.ts'
import type { Edit } from '../signing/edits.ts'
import { withOtherSignature } from '../signing/proof-edits.ts'
import type { Shape } from '../signing/signer.ts'
import type { ProbeCase } from './case.ts'

/** What is done to a request, and what it is called. A row that leaves a request as it is is passed over. */
export type EditRow = readonly [what: string, edit: Edit]

/** Sends altered copies of requests that were never sent: each must be refused. */
export function alterations(rows: readonly EditRow[]): ProbeCase['play'] {
  return async (stage) => {
    for (const [what, edit] of rows) {
      const request = await stage.fresh()
      const altered = edit(request)
      if (altered !== request) await stage.attempt(what, 'refused', { send: altered })
    }
  }
}

/**
 * The same of what servers route by. A router that finds nothing there may say so before the signature was looked at, or
 * after it was found good: the same with another signature shows which.
 */
export function routedAlterations(rows: readonly EditRow[]): ProbeCase['play'] {
  return async (stage) => {
    const { keyed, homeMade } = stage.target.facts
    for (const [what, edit] of rows) {
      const request = await stage.fresh()
      const altered = edit(request)
      if (altered === request) continue
      const answer = await stage.attempt(what, 'refused', { send: altered })
      if (!isRouted(answer)) continue
      const forged = withOtherSignature(altered, homeMade)
      const other = await stage.attempt(`${what}, with another signature`, 'refused', { send: forged })
      // A server that refuses everything by then tells nothing.
      if (keyed) await stage.accepted()
      if (isClientError(other) && !isRouted(other)) stage.noteRouted(routedText(what, [answer, other]))
    }
  }
}

/** Nothing is there, or not by this method. */
function isRouted(answer: Answer): boolean {
  return answer.kind === 'response' && [404, 405, 501].includes(answer.response.status)
}

function isClientError(answer: Answer): boolean {
  return answer.kind === 'response' && Math.floor(answer.response.status / 100) === 4 && !isBusy(answer)
}

function routedText(what: string, [answer, other]: readonly [Answer, Answer]): string {
  return `${what}: ${shownAnswer(answer)}, and with another signature ${shownAnswer(other)}: the signature was found good`
}

/** The same, where a server must find words for its refusal: a 500 is none. */
export function cleanAlterations(rows: readonly EditRow[]): ProbeCase['play'] {
  return async (stage) => {
    for (const [what, edit] of rows) {
      const request = await stage.fresh()
      const altered = edit(request)
      if (altered !== request) noteBreak(stage, what, await stage.attempt(what, 'refused', { send: altered }))
    }
  }
}

/** Says that a server broke, instead of refusing. */
export function noteBreak(stage: Stage, what: string, answer: Answer): void {
  if (answer.kind === 'response' && answer.response.status === 500) stage.note(`${what}: the server broke (500)`)
}

/**
 * Sends copies that mean the same as a request that was let in: each must be refused. With a key also the other way
 * round, the copy first: one of the two may run.
 *
 * @param expect what must come of the two
 */
export function disguises(
  rows: readonly EditRow[],
  expect: Expectation & ('once' | 'alike') = 'once',
): ProbeCase['play'] {
  return async (stage) => {
    const original = await stage.accepted()
    for (const [what, edit] of rows) {
      const copy = edit(original)
      if (copy !== original) await stage.attempt(`${what}, after the original`, 'refused', { send: copy })
    }
    if (!stage.target.facts.keyed) return
    for (const [what, edit] of rows) {
      const request = await stage.fresh()
      if (edit(request) === request) continue
      await stage.attempt(`${what}, before the original`, expect, { send: edit(request), group: what })
      await stage.attempt(`the original, after ${what}`, expect, { send: request, group: what })
    }
  }
}

/** Sends requests with something beside them that must not count. Without a key they are replays. */
export function distractions(rows: readonly EditRow[]): ProbeCase['play'] {
  return async (stage) => {
    for (const [what, edit] of rows) {
      const expect = stage.target.facts.keyed ? 'unaffected' : 'refused'
      await stage.attempt(what, expect, { send: edit(await stage.fresh()) })
    }
  }
}

/** A name, and how the signature differs from a correct one. */
export type ForgeRow = readonly [what: string, shape: Shape]

/** Sends requests that were signed with the key, and wrongly: each must be refused. */
export function forgeries(rows: readonly ForgeRow[]): ProbeCase['play'] {
  return async (stage) => {
    for (const [what, shape] of rows) await stage.attempt(what, 'refused', { send: await stage.forge(shape) })
  }
}

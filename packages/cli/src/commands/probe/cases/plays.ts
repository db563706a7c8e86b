import type { Answer } from '../session/answer.ts'
import type { Stage } from '../session/stage.ts'
import type { Edit } from '../signing/edits.ts'
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
 */
export function disguises(rows: readonly EditRow[]): ProbeCase['play'] {
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
      await stage.attempt(`${what}, before the original`, 'once', { send: edit(request), group: what })
      await stage.attempt(`the original, after ${what}`, 'once', { send: request, group: what })
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

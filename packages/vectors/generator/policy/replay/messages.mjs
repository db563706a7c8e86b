import { accepted, refused } from '../../fields/expectation.mjs'
import { get, now, signed } from '../../fields/signed-request.mjs'

/** The clock of the verifier when a sequence begins. */
export const start = now

/** What most steps expect. */
export const ok = accepted()
export const replayed = refused('replayed')
export const stale = refused('stale')

/** What was accepted before may have been forgotten, but never without a trace. */
export const replayedOrStale = refused('replayed', 'stale')
export const staleOrReplayed = refused('stale', 'replayed')

/** A store that has lost what it held refuses what may have been in it. */
export const starting = refused('replay_store_starting', 'stale', 'replay_store_unavailable')

/**
 * A signed request, created some seconds after the start.
 *
 * @param {string} nonce its last characters
 * @param {number} [seconds]
 * @param {object} [shape] see `sign` of `signed-request.mjs`
 * @param {object} [request]
 */
export function message(nonce, seconds = 0, shape = {}, request = get) {
  const parameters = { created: start + seconds, nonce: `sequence-nonce-${nonce}`, ...shape.parameters }
  return signed(request, { ...shape, parameters })
}

/** A step, some seconds after the start. */
export function step(seconds, use, expect, more = {}) {
  return { at: start + seconds, use, ...more, expect }
}

/** A test that plays steps. */
export function sequence(id, comment, { messages, steps, flags = ['Replay'], ...more }) {
  const restarts = new Set(steps.map(({ restart }) => restart).filter(Boolean))
  return {
    id: `sequence-${id}`,
    comment: `${comment}.`,
    flags,
    rfc: ['RFC 9421 7.2.2'],
    level: 'policy',
    ...(restarts.size > 0 && { requires: [...restarts].map((kind) => `${kind}-store`) }),
    keys: ['alice-1'],
    messages,
    ...more,
    steps,
  }
}

import { isSignatureError, refuseUnknownOptions } from '@countersign/core'
import type { Hop } from '../body/hop.ts'
import { randomId } from '../random-id.ts'
import { requireWhole } from '../whole-number.ts'
import { delayAfter, sleepFor } from './back-off.ts'
import { readProblem } from './read-problem.ts'

/** What {@link retries} is told. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included. @default 3 */
  readonly attempts?: number
  /** No wait is shorter. The longest possible wait doubles from attempt to attempt. @default 250 */
  readonly minimumDelayMilliseconds?: number
  /** No wait is longer, whatever `Retry-After` says. @default 10000, ten seconds */
  readonly maximumDelayMilliseconds?: number
  /** Waits. It rejects when the signal aborts. @default a timer */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** What a {@link RetryPolicy} may use of the client. */
export interface RetryContext {
  /** The time in milliseconds since the Unix epoch. */
  readonly clock: () => number
  /** At least 16 random bytes. Undefined for the secure random source of the platform. */
  readonly random: (() => Uint8Array) | undefined
}

/** Signs and sends one hop once. It calls `onSend` when everything is signed, just before it sends. */
export type Attempt = (hop: Hop, onSend: () => void) => Promise<Response>

/** Whether and when a request is sent again. See {@link retries}. */
export type RetryPolicy = (first: Hop, context: RetryContext) => (hop: Hop, attempt: Attempt) => Promise<Response>

/** What came of one attempt. */
type Outcome = { readonly response: Response } | { readonly error: unknown; readonly wasSent: boolean }

/** Methods that have the same effect once or several times (RFC 9110 9.2.2). */
const idempotentMethods: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
])

/** A gateway or server that may do better in a moment. */
const passingStatuses: ReadonlySet<number> = /* @__PURE__ */ new Set([502, 503, 504])

/** Kinds of refusals after which nothing was executed: the handler comes after everything that gives them. */
const harmlessKinds: ReadonlySet<string> = /* @__PURE__ */ new Set(['stale', 'unavailable'])

/**
 * Sends a request again that failed in passing: each time signed anew, with a nonce and a time of its own.
 *
 *     createSignedFetch({ key, retry: retries({ attempts: 3 }) })
 *
 * An idempotent method is sent again after network errors and 502, 503 and 504. Another one only when it is proved that
 * nothing was executed. It gets an Idempotency-Key, the same for all attempts, unless it has one.
 *
 * @returns the `retry` option of `createSignedFetch`.
 * @throws TypeError when an option is misspelt or of a wrong type.
 */
export function retries(options: RetryOptions = {}): RetryPolicy {
  const { attempts, sleep, ...backOff } = checkOptions(options)
  return ({ request }, context) => {
    const keyOfCaller = request.headers.has('idempotency-key')
    // All hops and attempts take their fields from here.
    if (!keyOfCaller && !idempotentMethods.has(request.method)) {
      request.headers.set('idempotency-key', randomId(context.random))
    }
    return async (hop, attempt) => {
      for (let count = 1; ; count++) {
        const outcome = await outcomeOf(hop, attempt)
        if (count >= attempts || !(await maySendAgain(outcome, hop.request, keyOfCaller))) return settle(outcome)
        const response = 'response' in outcome ? outcome.response : undefined
        void response?.body?.cancel().catch(() => {})
        await sleep(delayAfter(count, response, { ...backOff, ...context }), hop.request.signal)
      }
    }
  }
}

async function outcomeOf(hop: Hop, attempt: Attempt): Promise<Outcome> {
  let wasSent = false
  try {
    return {
      response: await attempt(hop, () => {
        wasSent = true
      }),
    }
  } catch (error) {
    return { error, wasSent }
  }
}

function settle(outcome: Outcome): Response {
  if ('response' in outcome) return outcome.response
  throw outcome.error
}

/**
 * Whether a request can be sent again without the danger that it is executed twice.
 *
 * "replayed" says that a copy of this request was accepted: a browser sends again by itself what a closing connection
 * left unanswered. So it may have been executed, and only a key that the caller chose says that the server
 * recognizes the next attempt. One that was generated here says nothing of the server.
 */
async function maySendAgain(outcome: Outcome, request: Request, keyOfCaller: boolean): Promise<boolean> {
  const idempotent = idempotentMethods.has(request.method)
  if ('error' in outcome) {
    const { error, wasSent } = outcome
    if (!wasSent || request.signal?.aborted || isDeliberate(error)) return false
    return idempotent || neverConnected(error)
  }
  const { response } = outcome
  if (idempotent && passingStatuses.has(response.status)) return true
  const kind = (await readProblem(response))?.kind ?? ''
  return harmlessKinds.has(kind) || (kind === 'replayed' && (idempotent || keyOfCaller))
}

/** Somebody wanted the request to end. */
function isDeliberate(error: unknown): boolean {
  return isSignatureError(error) || /^(Abort|Timeout)Error$/.test((error as Error | undefined)?.name ?? '')
}

/** Whether no connection came about, at any of the addresses of the host: then nothing can have been sent. */
function neverConnected(error: unknown): boolean {
  const cause = (error as { cause?: { code?: unknown; errors?: unknown } } | undefined)?.cause
  const failures: readonly unknown[] = Array.isArray(cause?.errors) ? cause.errors : [cause]
  return failures.length > 0 && failures.every((failure) => (failure as { code?: unknown })?.code === 'ECONNREFUSED')
}

function checkOptions(options: RetryOptions): Required<RetryOptions> {
  const defaults: Required<RetryOptions> = {
    attempts: 3,
    minimumDelayMilliseconds: 250,
    maximumDelayMilliseconds: 10_000,
    sleep: sleepFor,
  }
  refuseUnknownOptions('retries', options, Object.keys(defaults))
  const checked = { ...defaults, ...options }
  requireWhole('attempts', checked.attempts, 1)
  requireWhole('minimumDelayMilliseconds', checked.minimumDelayMilliseconds, 1)
  requireWhole('maximumDelayMilliseconds', checked.maximumDelayMilliseconds, checked.minimumDelayMilliseconds)
  if (typeof checked.sleep !== 'function') throw new TypeError('sleep must be a function that returns a promise')
  return Object.freeze(checked)
}

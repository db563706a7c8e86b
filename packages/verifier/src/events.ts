import type { MaybePromise, SignatureError, SignatureErrorCode } from '@countersign/core'
import { httpStatus, type RefusalKind, refusalKinds } from './http-status.ts'
import type { VerifiedHead } from './request/verified-request.ts'

/** What both events tell. */
interface Decision<Source> {
  /** From the call of the verifier to its decision, the reading of the body included. */
  readonly milliseconds: number
  /** How long the replay store took; undefined where it was not asked. */
  readonly storeMilliseconds: number | undefined
  /** As the framework knows it. It holds nonce and signature: it is not enumerable, so that logging the event spares it. */
  readonly request: Source
}

/** A request was let in. The handler has not run yet. */
export interface AcceptedEvent<Source = unknown> extends Decision<Source> {
  readonly type: 'accepted'
  readonly keyId: string
  readonly principal: string
  /** The label of the signature that counted. */
  readonly label: string
  /** Its tag, where it has one. */
  readonly tag: string | undefined
  /** Whether its nonce was claimed: false where only time and signature are checked. */
  readonly replayChecked: boolean
}

/** A request was refused. */
export interface RefusedEvent<Source = unknown> extends Decision<Source> {
  readonly type: 'refused'
  /** The rule that refused it, which the client is not told. */
  readonly code: SignatureErrorCode
  /** What the client is told. */
  readonly kind: RefusalKind
  /** The status of the response. */
  readonly status: number
  /** Whose signature it was, once it has verified. Before, a keyid is anybody's text, and has no place in a metric. */
  readonly keyId: string | undefined
  /** The whole refusal. Its `cause` may hold secrets of a resolver or store of your own: log it with care. */
  readonly error: SignatureError
}

/** What a verifier tells of one request: exactly one of these, but for a streamed body that turns out to be another one. */
export type VerifierEvent<Source = unknown> = AcceptedEvent<Source> | RefusedEvent<Source>

/** What events need of the options. */
export interface EventOptions<Source> {
  readonly onEvent?: (event: VerifierEvent<Source>) => void
  readonly stopwatch?: () => number
}

/** What one request came to, as it goes on. */
export interface Observation {
  /** A signature has verified. */
  signedBy(keyId: string): void
  /** Measures the replay store. */
  store<T>(ask: () => MaybePromise<T>): MaybePromise<T>
  accepted(verified: VerifiedHead): void
  refused(error: SignatureError): void
}

/** Where nobody listens, nothing is measured. */
const unobserved: Observation = {
  signedBy: () => {},
  store: (ask) => ask(),
  accepted: () => {},
  refused: () => {},
}

/** Makes what observes one request after the other. @throws TypeError for a hook that is no function. */
export function observer<Source>(options: EventOptions<Source>): (request: Source) => Observation {
  const { onEvent, stopwatch = () => globalThis.performance.now() } = options
  if (onEvent !== undefined && typeof onEvent !== 'function') throw new TypeError('onEvent must be a function')
  if (typeof stopwatch !== 'function') throw new TypeError('stopwatch must be a function that gives milliseconds')
  if (onEvent === undefined) return () => unobserved
  return (request) => observation((event) => tell(onEvent, event, request), stopwatch)
}

/** An event without the request. */
type Told = Omit<AcceptedEvent, 'request'> | Omit<RefusedEvent, 'request'>

function observation(tellHook: (event: Told) => void, stopwatch: () => number): Observation {
  const startedAt = stopwatch()
  let keyId: string | undefined
  let storeMilliseconds: number | undefined
  const durations = (): Pick<Told, 'milliseconds' | 'storeMilliseconds'> => {
    return { milliseconds: stopwatch() - startedAt, storeMilliseconds }
  }
  return {
    signedBy(name) {
      keyId = name
    },
    async store(ask) {
      const askedAt = stopwatch()
      try {
        return await ask()
      } finally {
        storeMilliseconds = stopwatch() - askedAt
      }
    },
    accepted({ signature, keyId, principal, replayChecked }) {
      const { label, parameters } = signature
      tellHook({ type: 'accepted', keyId, principal, label, tag: parameters.tag, replayChecked, ...durations() })
    },
    refused(error) {
      const { code } = error
      const outward = { kind: refusalKinds[code], status: httpStatus(code) }
      tellHook({ type: 'refused', code, ...outward, keyId, error, ...durations() })
    },
  }
}

/** A hook that fails, at once or later, must not change what becomes of a request. */
function tell<Source>(hook: (event: VerifierEvent<Source>) => unknown, told: Told, request: Source): void {
  try {
    const event = Object.freeze(Object.defineProperty(told, 'request', { value: request, enumerable: false }))
    const returned = hook(event as VerifierEvent<Source>)
    if (returned !== undefined) Promise.resolve(returned).catch(() => {})
  } catch {
    // The decision stands.
  }
}

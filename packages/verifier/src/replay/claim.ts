import {
  isPending,
  isSignatureError,
  type MaybePromise,
  SignatureError,
  type VerifiedSignature,
} from '@countersign/core'
import { claimKey } from './claim-key.ts'
import type { ReplayClaim, ReplayStore } from './replay-store.ts'

/** What names a claim beside the signature. */
export interface ClaimContext {
  /** Keeps the nonces of unrelated services apart that share a store. */
  readonly scope: string
  /** Who signed. */
  readonly principal: string
  readonly now: number
  readonly maxAgeSeconds: number
  readonly futureSkewSeconds: number
  /** How long to wait for the store. */
  readonly replayTimeoutMilliseconds: number
}

/**
 * Claims the nonce of a verified signature, once and for ever.
 *
 * @throws SignatureError `replayed`, `stale`, or that the store cannot tell.
 */
export function claimNonce(
  store: ReplayStore,
  signature: VerifiedSignature,
  context: ClaimContext,
): MaybePromise<void> {
  const { created, nonce } = signature.parameters
  if (created === undefined || nonce === undefined) throw new SignatureError('missing_parameter', 'created and nonce')
  const claim = (key: string): MaybePromise<void> => {
    const { principal, maxAgeSeconds, now, futureSkewSeconds } = context
    const forgetAfter = created + maxAgeSeconds
    const answer = askStore(store, context, { key, principal, created, forgetAfter, now, futureSkewSeconds })
    return isPending(answer) ? answer.then((outcome) => requireAccepted(outcome, now)) : requireAccepted(answer, now)
  }
  const key = claimKey(context.scope, context.principal, nonce)
  return isPending(key) ? key.then(claim) : claim(key)
}

function requireAccepted(outcome: unknown, now: number): void {
  if (outcome === 'accepted') return
  if (outcome === 'replayed') throw new SignatureError('replayed')
  if (outcome === 'stale') throw new SignatureError('stale', '', { serverTime: now })
  throw new SignatureError('replay_store_unavailable', 'the store gave an answer that is none')
}

/** Any error, silence or nonsense of the store refuses the request; nothing falls back to another store. */
function askStore(
  store: ReplayStore,
  { replayTimeoutMilliseconds }: ClaimContext,
  claim: ReplayClaim,
): MaybePromise<unknown> {
  try {
    const answer = store.claim(claim)
    return typeof answer === 'string' ? answer : withinTime(answer, replayTimeoutMilliseconds)
  } catch (cause) {
    throw unavailable(cause)
  }
}

async function withinTime(answer: Promise<unknown>, milliseconds: number): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the replay store took too long')), milliseconds)
  })
  try {
    return await Promise.race([answer, timeout])
  } catch (cause) {
    throw unavailable(cause)
  } finally {
    // An engine without timers can use a store that answers at once.
    if (timer !== undefined) clearTimeout(timer)
  }
}

function unavailable(cause: unknown): SignatureError {
  return isSignatureError(cause) ? cause : new SignatureError('replay_store_unavailable', '', { cause })
}

import { isSignatureError, SignatureError, type VerifiedSignature } from '@countersign/core'
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
export async function claimNonce(
  store: ReplayStore,
  signature: VerifiedSignature,
  context: ClaimContext,
): Promise<void> {
  const { created, nonce } = signature.parameters
  if (created === undefined || nonce === undefined) throw new SignatureError('missing_parameter', 'created and nonce')
  const outcome = await askStore(store, context.replayTimeoutMilliseconds, {
    key: await claimKey(context.scope, context.principal, nonce),
    principal: context.principal,
    created,
    forgetAfter: created + context.maxAgeSeconds,
    now: context.now,
    futureSkewSeconds: context.futureSkewSeconds,
  })
  if (outcome === 'accepted') return
  if (outcome === 'replayed') throw new SignatureError('replayed')
  if (outcome === 'stale') throw new SignatureError('stale', '', { serverTime: context.now })
  throw new SignatureError('replay_store_unavailable', 'the store gave an answer that is none')
}

/** Any error, silence or nonsense of the store refuses the request; nothing falls back to another store. */
async function askStore(store: ReplayStore, timeoutMilliseconds: number, claim: ReplayClaim): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const answer = store.claim(claim)
    if (typeof answer === 'string') return answer
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the replay store took too long')), timeoutMilliseconds)
    })
    return await Promise.race([answer, timeout])
  } catch (cause) {
    if (isSignatureError(cause)) throw cause
    throw new SignatureError('replay_store_unavailable', '', { cause })
  } finally {
    // An engine without timers can use a store that answers at once.
    if (timer !== undefined) clearTimeout(timer)
  }
}

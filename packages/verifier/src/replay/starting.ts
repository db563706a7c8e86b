import { SignatureError } from '@countersign/core'
import type { ReplayClaim } from './replay-store.ts'

/** What a store that has no history from before it started says to a claim. */
export interface Starting {
  /** Unix seconds: what was created then or before may have been accepted by an earlier store. */
  readonly floor: number
  readonly refusal: SignatureError
}

/**
 * Whether a claim is from before a store's start: an earlier store may have accepted anything that was created up to
 * its clock plus the skew.
 *
 * @param startedAt Unix seconds, or undefined where nothing came before.
 * @param now Unix seconds, of the clock that the store goes by.
 */
export function startingRefusal(
  startedAt: number | undefined,
  claim: ReplayClaim,
  now: number = claim.now,
): Starting | undefined {
  if (startedAt === undefined) return undefined
  const floor = startedAt + claim.futureSkewSeconds
  if (claim.created > floor) return undefined
  const retryAfterSeconds = Math.max(1, floor + 1 - now)
  const detail = `sign anew in ${retryAfterSeconds} s. Nothing was executed`
  return { floor, refusal: new SignatureError('replay_store_starting', detail, { retryAfterSeconds }) }
}

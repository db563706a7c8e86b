import { SignatureError } from '@countersign/core'
import type { ReplayClaim } from './replay-store.ts'

/**
 * The refusal of a store that has no history from before it started: an earlier one may have accepted anything that
 * was created up to its clock plus the skew.
 *
 * @param startedAt Unix seconds, or undefined where nothing came before.
 */
export function startingRefusal(startedAt: number | undefined, claim: ReplayClaim): SignatureError | undefined {
  if (startedAt === undefined) return undefined
  const firstNew = startedAt + claim.futureSkewSeconds + 1
  if (claim.created >= firstNew) return undefined
  const retryAfterSeconds = Math.max(1, firstNew - claim.now)
  const detail = `sign anew in ${retryAfterSeconds} s. Nothing was executed`
  return new SignatureError('replay_store_starting', detail, { retryAfterSeconds })
}

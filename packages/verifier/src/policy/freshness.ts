import { SignatureError, type SignatureParameters } from '@countersign/core'

/** The acceptance window. */
export interface Window {
  /** How old a signature may be. */
  readonly maxAgeSeconds: number
  /** How far in the future of the verifier's clock `created` may lie. */
  readonly futureSkewSeconds: number
  /** The longest time from `created` to `expires` that a signer may vouch for. */
  readonly maxLifetimeSeconds: number
}

/**
 * Checks the times of a signature (RFC 9421 2.3 and 3.2.1). Both edges of the window belong to it.
 *
 * @param now Unix seconds.
 * @throws SignatureError `missing_parameter`, `not_yet_valid`, `stale`, `expired` or `malformed_parameter`
 */
export function checkFreshness(parameters: SignatureParameters, now: number, window: Window): void {
  const { created, expires } = parameters
  if (created === undefined) throw new SignatureError('missing_parameter', 'created')
  if (created > now + window.futureSkewSeconds) throw refusal('not_yet_valid', now)
  if (created < now - window.maxAgeSeconds) throw refusal('stale', now)
  if (expires === undefined) return
  if (expires <= created) throw new SignatureError('malformed_parameter', 'expires is not after created')
  if (expires - created > window.maxLifetimeSeconds) {
    throw new SignatureError('malformed_parameter', `expires is over ${window.maxLifetimeSeconds} s after created`)
  }
  if (expires < now) throw refusal('expired', now)
}

function refusal(code: 'stale' | 'expired' | 'not_yet_valid', now: number): SignatureError {
  return new SignatureError(code, '', { serverTime: now })
}

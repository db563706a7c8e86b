import type { VerifiedRequest } from '../../request/verified-request.ts'

const verifiedRequests = new WeakMap<object, VerifiedRequest>()

/** Keeps what was verified for as long as the request lives. */
export function remember(request: object, verified: VerifiedRequest): VerifiedRequest {
  verifiedRequests.set(request, verified)
  return verified
}

/** @throws TypeError for a request that was verified before: its body would be read, and its nonce claimed, again. */
export function requireUnverified(request: object): void {
  if (verifiedRequests.has(request)) {
    throw new TypeError('this request was verified before: verify in one place, and ask more of single `routes`')
  }
}

/**
 * What was verified of a request.
 *
 * @throws TypeError for a request that was not verified, so that a route without verification in front of it fails.
 */
export function recall(request: object): VerifiedRequest {
  const verified = verifiedRequests.get(request)
  if (verified === undefined) {
    throw new TypeError('this request was not verified: put `protect(verify)` in front of the route')
  }
  return verified
}

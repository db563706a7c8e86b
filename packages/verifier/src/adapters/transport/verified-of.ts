import type { VerifiedRequest } from '../../request/verified-request.ts'

/**
 * Where a request keeps what was verified of it.
 *
 * A WeakMap would need no property. But V8 keeps what its values hold beyond the next collection of young objects, of
 * requests that are gone, too: message and body of each were moved twice, for a fifth of the time of a server.
 */
const verification = Symbol('verification')

/** A function, so that nothing of it gets into logs. */
interface VerifiedBefore {
  /** A copy of the request, or an object that inherits from it, asks in vain. */
  [verification]?: (asker: object) => VerifiedRequest | undefined
}

/** Keeps what was verified for as long as the request lives. */
export function remember(request: object, verified: VerifiedRequest): VerifiedRequest {
  ;(request as VerifiedBefore)[verification] = (asker) => (asker === request ? verified : undefined)
  return verified
}

function find(request: object): VerifiedRequest | undefined {
  return (request as VerifiedBefore)[verification]?.(request)
}

/** @throws TypeError for a request that was verified before: its body would be read, and its nonce claimed, again. */
export function requireUnverified(request: object): void {
  if (find(request) !== undefined) {
    throw new TypeError('this request was verified before: verify in one place, and ask more of single `routes`')
  }
}

/**
 * What was verified of a request.
 *
 * @throws TypeError for a request that was not verified, so that a route without verification in front of it fails.
 */
export function recall(request: object): VerifiedRequest {
  const verified = find(request)
  if (verified === undefined) {
    throw new TypeError('this request was not verified: put `protect(verify)` in front of the route')
  }
  return verified
}

import type { VerifiedRequest } from '../../request/verified-request.ts'

/** As the constructor of a base class, it lets the fields of a class be added to an object that is there already. */
function itself(request: object): object {
  return request
}

/**
 * What was verified of a request, as a private field of it: nobody else can write it, and no copy has it.
 *
 * A WeakMap says the same. But V8 keeps what its values hold beyond the collection of young objects, also for keys that
 * are gone by then: message and body of each request were copied twice, which took a fifth of what a server spends.
 */
class Noted extends (itself as unknown as new (request: object) => object) {
  #verified: VerifiedRequest

  private constructor(request: object, verified: VerifiedRequest) {
    super(request)
    this.#verified = verified
  }

  static note(request: object, verified: VerifiedRequest): void {
    if (#verified in request) request.#verified = verified
    else new Noted(request, verified)
  }

  static of(request: object): VerifiedRequest | undefined {
    return #verified in request ? request.#verified : undefined
  }
}

/** Keeps what was verified for as long as the request lives. */
export function remember(request: object, verified: VerifiedRequest): VerifiedRequest {
  Noted.note(request, verified)
  return verified
}

/** @throws TypeError for a request that was verified before: its body would be read, and its nonce claimed, again. */
export function requireUnverified(request: object): void {
  if (Noted.of(request) !== undefined) {
    throw new TypeError('this request was verified before: verify in one place, and ask more of single `routes`')
  }
}

/**
 * What was verified of a request.
 *
 * @throws TypeError for a request that was not verified, so that a route without verification in front of it fails.
 */
export function recall(request: object): VerifiedRequest {
  const verified = Noted.of(request)
  if (verified === undefined) {
    throw new TypeError('this request was not verified: put `protect(verify)` in front of the route')
  }
  return verified
}

/** What runtimes differ in. No other file asks where it runs. */

/**
 * Whether users can read what this program holds: pages, frames, workers and service workers of browsers.
 * Node, Deno, Bun and edge runtimes name themselves in `userAgent`; every browser says Mozilla, also inside workers.
 */
export function isBrowser(): boolean {
  const agent: unknown = globalThis.navigator?.userAgent
  return typeof document !== 'undefined' || (typeof agent === 'string' && agent.startsWith('Mozilla/'))
}

/**
 * The cache mode of a request that is only good once: an answer out of a cache never met the server. A mode that the
 * caller chose stays. Some edge runtimes have no modes and throw for any.
 */
export function cacheModeOf(request: Request): Pick<RequestInit, 'cache'> {
  const readOnly = request.method === 'GET' || request.method === 'HEAD'
  return readOnly && request.cache === 'default' ? { cache: 'no-store' } : {}
}

/** What the default nonces are made with. It is looked for, not called: workerd has none to give until a request comes. */
const defaultRandom = (): unknown => globalThis.crypto?.getRandomValues

/**
 * Finds out when a client is created what would fail at its first request.
 *
 * @throws TypeError where nonces would have no secure random source, or there is no Fetch API.
 */
export function requirePlatform(random: (() => Uint8Array) | undefined): void {
  const hasRandom = random !== undefined || defaultRandom() !== undefined
  const missing = hasRandom ? typeof Request === 'undefined' && 'Request' : 'crypto.getRandomValues'
  if (missing)
    throw new TypeError(`createSignedFetch needs ${missing}, which this platform has not got: add a polyfill`)
}

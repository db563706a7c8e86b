import { readProblemDetails } from './problem-details.ts'
import type { Refusal } from './recovery.ts'

/** What {@link measureSkew} is told. */
export interface SkewOptions {
  /** The clock of this machine, in milliseconds since the Unix epoch. */
  readonly clock: () => number
  /** A server whose clock is further away than this is not believed. */
  readonly maxSeconds: number
}

/**
 * Milliseconds. The clocks differ by so little in any case, by the whole seconds of `serverTime` and the way of the
 * response. A signature that is stale all the same got old on its way.
 */
const negligible = 2000

/** Origins whose offset is remembered. */
const maxOrigins = 1000

/**
 * Finds out whether a request was refused because the clock of this machine is wrong, and by how much.
 *
 * The offset is always that between the two clocks, never a step from the last offset: no number of answers moves it
 * further than `maxSeconds`. Whoever sits on the way could set the clock, so only https and loopback are believed, and
 * no answer that a cache has kept.
 *
 * @returns milliseconds to add to the clock of this machine; undefined when that would not help.
 */
export async function measureSkew(refusal: Refusal, options: SkewOptions): Promise<number | undefined> {
  const { response, signed, clockOffset } = refusal
  const now = options.clock()
  if (!isTrustworthy(new URL(signed.request.url)) || response.headers.has('age')) return undefined
  const problem = await readProblemDetails(response)
  if (problem?.kind !== 'stale') return undefined
  const { serverTime } = problem
  const offset = (serverTime === undefined ? Date.parse(response.headers.get('date') ?? '') : serverTime * 1000) - now
  // NaN is neither.
  const believable = Math.abs(offset) <= options.maxSeconds * 1000
  return believable && Math.abs(offset - clockOffset) >= negligible ? offset : undefined
}

/** Keeps the offset of one origin. The map is bounded: the oldest entry goes. */
export function rememberOffset(offsets: Map<string, number>, origin: string, offset: number): void {
  const [oldest] = offsets.keys()
  if (oldest !== undefined && offsets.size >= maxOrigins) offsets.delete(oldest)
  offsets.set(origin, offset)
}

/** Nobody on the way can answer for the server (W3C Secure Contexts 3.1). */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

import { randomId } from '../random-id.ts'

/** How long to wait between two attempts. */
export interface BackOff {
  readonly minimumDelayMilliseconds: number
  readonly maximumDelayMilliseconds: number
  readonly clock: () => number
  readonly random: (() => Uint8Array) | undefined
}

/**
 * How long to wait after so many attempts, in milliseconds: a random time between the minimum and a bound that doubles,
 * so that clients that failed together do not come back together. What a server asks for in Retry-After comes first,
 * and the random time after it.
 */
export function delayAfter(attempts: number, response: Response | undefined, backOff: BackOff): number {
  const { minimumDelayMilliseconds: minimum, maximumDelayMilliseconds: maximum } = backOff
  const bound = Math.min(maximum, minimum * 2 ** attempts)
  // The first 32 of its random bits.
  const share = Number.parseInt(randomId(backOff.random).slice(0, 8), 16) / 2 ** 32
  const asked = askedDelay(response?.headers.get('retry-after') ?? '', backOff.clock)
  return Math.min(maximum, Math.round(asked + minimum + share * (bound - minimum)))
}

/** Milliseconds of a Retry-After field: seconds or a date (RFC 9110 10.2.3). */
function askedDelay(retryAfter: string, clock: () => number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? 0 : Math.max(0, date - clock())
}

/** Waits, unless the signal aborts. */
export function sleepFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
  })
}

import { setTimeout as sleep } from 'node:timers/promises'

/** Why a scan ends before its last case. */
export type EndOfScan = 'requests' | 'time'

/** Lets requests through: not too many in all, not too many in a second, not too long. */
export interface Pace {
  /** Waits for the turn of so many requests. @throws {@link scanEnd} when there is none any more. */
  take(count: number): Promise<void>
  /** Waits. @throws {@link scanEnd} when it would be too long. */
  pause(milliseconds: number): Promise<void>
  readonly taken: number
  readonly ended: EndOfScan | undefined
}

/** The bounds of a scan. */
export interface PaceOptions {
  readonly maxRequests: number
  /** Requests in a second. */
  readonly rate: number
  readonly timeLimitMilliseconds: number
  readonly signal: AbortSignal
}

/** Thrown by a pace that has come to its end. */
export const scanEnd: unique symbol = Symbol('the end of the scan')

/** Makes a pace, which begins at once. */
export function createPace({ maxRequests, rate, timeLimitMilliseconds, signal }: PaceOptions): Pace {
  const end = performance.now() + timeLimitMilliseconds
  let taken = 0
  let next = performance.now()
  let ended: EndOfScan | undefined

  function stop(why: EndOfScan): never {
    ended = why
    throw scanEnd
  }

  async function pause(milliseconds: number): Promise<void> {
    signal.throwIfAborted()
    if (performance.now() + milliseconds > end) stop('time')
    if (milliseconds > 0) await sleep(milliseconds, undefined, { signal })
  }

  return {
    pause,
    async take(count) {
      if (taken + count > maxRequests) stop('requests')
      taken += count
      await pause(Math.max(0, next - performance.now()))
      // A burst is sent at once, and waited for afterwards.
      next = Math.max(next, performance.now()) + (count * 1000) / rate
    },
    get taken() {
      return taken
    },
    get ended() {
      return ended
    },
  }
}

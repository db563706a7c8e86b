import type { RawRequest } from '../../../messages/raw-message.ts'
import type { FreshOptions } from '../signing/signer.ts'

/** How old a signature may be, and how far in the future, as a server showed it. */
export interface MeasuredWindow {
  readonly maxAgeSeconds: number
  readonly futureSkewSeconds: number
}

/** Farther is not looked: whoever takes an hour takes everything. In seconds. */
export const farthest = 3600

/** How often a moment is tried. A server that takes a second for an answer is measured to a second. */
const maximumAttempts = 4

/** What measuring needs. */
export interface WindowParts {
  readonly now: () => number
  readonly fresh: (options: FreshOptions) => Promise<RawRequest>
  /** Sends a request. Whether it was let in. */
  readonly accepts: (request: RawRequest) => Promise<boolean>
}

/** Finds the window of a server by halving, with correct signatures whose `created` lies ever closer to its edges. */
export async function measureWindow({ now, fresh, accepts }: WindowParts): Promise<MeasuredWindow> {
  const acceptsAt = async (offset: number): Promise<boolean> => {
    for (let attempt = 1; ; attempt += 1) {
      const signedAt = now()
      const created = signedAt + offset
      const isAccepted = await accepts(await fresh({ created, expires: Math.max(created, signedAt) + 60 }))
      // Where a second began meanwhile, the server may have seen a signature that was a second older than it was meant.
      if (now() === signedAt || attempt === maximumAttempts) return isAccepted
    }
  }
  return {
    maxAgeSeconds: await widest((seconds) => acceptsAt(-seconds)),
    futureSkewSeconds: await widest(acceptsAt),
  }
}

async function widest(accepts: (seconds: number) => Promise<boolean>): Promise<number> {
  if (await accepts(farthest)) return farthest
  let [accepted, refused] = [0, farthest]
  while (refused - accepted > 1) {
    const middle = Math.floor((accepted + refused) / 2)
    if (await accepts(middle)) accepted = middle
    else refused = middle
  }
  return accepted
}

import type { RawRequest } from '../../../messages/raw-message.ts'
import { isSuccess } from './answer.ts'
import type { Transport } from './transport.ts'

/** Reads how often the effect has run so far; undefined where it cannot be read. */
export type ReadCount = () => Promise<number | undefined>

/** Reads the first whole number of what a URL answers, be it text or JSON. */
export function countReader(url: URL, transport: Transport, userAgent: string): ReadCount {
  const request: RawRequest = {
    kind: 'request',
    method: 'GET',
    target: `${url.pathname}${url.search}`,
    headers: [
      ['Host', url.host],
      ['User-Agent', userAgent],
      ['Accept', 'application/json, text/plain;q=0.9, */*;q=0.1'],
    ],
    body: new Uint8Array(),
  }
  return async () => {
    const answer = await transport.send(request)
    if (answer.kind !== 'response' || !isSuccess(answer)) return undefined
    const found = /\d{1,15}/.exec(Buffer.from(answer.response.body.subarray(0, 4096)).toString('utf8'))?.[0]
    return found === undefined ? undefined : Number(found)
  }
}

/** How long an effect may take to be counted, in milliseconds, and how often it is looked at. */
const counting = { pause: 50, looks: 6 } as const

/** What counting needs. */
export interface Counting {
  readonly readCount: ReadCount | undefined
  readonly transport: Transport
  /** How late an effect is counted, as a control has shown. An effect must not be taken for one of the next case. */
  lagMilliseconds: number
}

/** How often the effect ran meanwhile. It waits for as many runs as are expected, for a while. */
export async function runsDuring(parts: Counting, act: () => Promise<void>, expected = 0): Promise<number | undefined> {
  const before = await settledCount(parts)
  await act()
  if (before === undefined) return undefined
  for (let look = 1; ; look += 1) {
    const after = await settledCount(parts)
    if (after === undefined) return undefined
    const runs = after - before
    if (runs >= expected || look >= counting.looks) {
      const lag = expected > 0 && runs >= expected ? (look - 1) * counting.pause : 0
      parts.lagMilliseconds = Math.max(parts.lagMilliseconds, lag)
      return runs
    }
    await parts.transport.pause(counting.pause)
  }
}

async function settledCount({ readCount, transport, lagMilliseconds }: Counting): Promise<number | undefined> {
  // Twice what was measured once: a busy machine takes longer.
  if (readCount !== undefined && lagMilliseconds > 0) await transport.pause(2 * lagMilliseconds)
  return readCount?.()
}

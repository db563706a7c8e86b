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

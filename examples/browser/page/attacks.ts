import { signRequest } from '@countersign/client'
import type { SigningKey } from '@countersign/core'
import { type CapturedRequest, capture } from './captured-request.ts'
import { type Order, transferRequest } from './signed-calls.ts'

/** What somebody who saw a signed request can do with it. */
export interface Attack {
  readonly title: string
  /** What is done, for the button. */
  readonly plan: string
  /** What was done, above the wire. */
  readonly deed: string
  /** Why it fails, once it has. */
  readonly lesson: string
  /** Which part of the request was altered. */
  readonly altered?: 'body'
  make(seen: CapturedRequest, key: SigningKey): CapturedRequest | Promise<CapturedRequest>
}

const delaySeconds = 300

/** All of them are refused. */
export const attacks: readonly Attack[] = [
  {
    title: 'Send the same request again',
    plan: 'Every byte as it was. The signature is good.',
    deed: 'The same bytes as before, sent once more.',
    lesson: 'The signature is good, but the bank has seen its nonce. It runs once, however often it arrives.',
    make: (seen) => seen,
  },
  {
    title: 'Alter the amount and send',
    plan: 'Ten times as much, under the same signature.',
    deed: 'The same fields, with another amount in the body.',
    lesson: 'The body does not fit its digest any more, and the digest is signed.',
    altered: 'body',
    make: (seen) => ({ ...seen, body: withTenfoldAmount(seen.body) }),
  },
  {
    title: 'Hold one back for five minutes',
    plan: 'A signed transfer that never arrived, sent later.',
    deed: 'Signed five minutes ago, and only sent now.',
    lesson: 'It was signed too long ago. What is held back is worth nothing after a minute.',
    make: signedLongAgo,
  },
  {
    title: 'Leave the signature out',
    plan: 'The plain request, as anybody could write it.',
    deed: 'The same request without its signature.',
    lesson: 'No signature, no transfer.',
    make: (seen) => ({ ...seen, headers: unsignedFields(seen.headers) }),
  },
]

function withTenfoldAmount(body: string): string {
  const order = JSON.parse(body) as Order
  return JSON.stringify({ ...order, amount: order.amount * 10 })
}

function unsignedFields({ signature: _signature, 'signature-input': _input, ...rest }: CapturedRequest['headers']) {
  return rest
}

/** Nobody waits for it: the clock that signs is set back instead. */
async function signedLongAgo({ body }: CapturedRequest, key: SigningKey): Promise<CapturedRequest> {
  const clock = () => Date.now() - delaySeconds * 1000
  const { request } = await signRequest(transferRequest(JSON.parse(body) as Order), { key, clock })
  return capture(request)
}

import { createContentDigest, requestMessageOf, sign } from '@countersign/core'
import { createForgedKey } from './alice-keys.mjs'
import { amount, capture, takeApart, transferRequest } from './captured-request.mjs'

/**
 * What the attempts work with.
 *
 * @typedef {object} Scene
 * @property {string} origin of the bank
 * @property {import('@countersign/core').SigningKey} laptop Alice's HMAC key
 * @property {Captured} hmac signed by Alice's laptop
 * @property {Captured} ed25519 signed by Alice's phone
 * @property {Captured} original signed by Alice's laptop, and captured before it arrived
 *
 * @typedef {import('./captured-request.mjs').CapturedRequest} Captured
 *
 * @typedef {object} Outcome
 * @property {{ count: number, status: number, code: string }[]} answers like ones counted together
 * @property {number} executed how many requests reached the handler
 *
 * @typedef {object} Attempt
 * @property {string} name
 * @property {(scene: Scene) => Captured | Promise<Captured>} request
 * @property {number} [copies] sent at the same time
 * @property {Outcome} expected
 */

/** @type {Outcome} */
const executedOnce = { answers: [{ count: 1, status: 200, code: '-' }], executed: 1 }

/**
 * @param {string} code
 * @returns {Outcome}
 */
const refused = (code) => ({ answers: [{ count: 1, status: 401, code }], executed: 0 })

/** @type {Outcome} */
const oneOfFifty = {
  answers: [
    { count: 1, status: 200, code: '-' },
    { count: 49, status: 401, code: 'replayed' },
  ],
  executed: 1,
}

const altered = new TextEncoder().encode(JSON.stringify({ to: 'mallory', amount }))
const fiveMinutes = 300_000

/**
 * In this order, since the second group sends the requests of the first again.
 *
 * @type {readonly (readonly Attempt[])[]}
 */
export const attemptGroups = [
  [
    { name: 'honest request (HMAC)', request: ({ hmac }) => hmac, expected: executedOnce },
    { name: 'honest request (Ed25519)', request: ({ ed25519 }) => ed25519, expected: executedOnce },
  ],
  [
    { name: 'the same bytes sent again', request: ({ hmac }) => hmac, expected: refused('replayed') },
    {
      name: '50 concurrent copies of one',
      request: ({ origin, laptop }) => capture(origin, { key: laptop }),
      copies: 50,
      expected: oneOfFifty,
    },
  ],
  [
    {
      name: 'altered body',
      request: ({ original }) => ({ ...original, body: altered }),
      expected: refused('invalid'),
    },
    {
      name: 'altered body, digest redone',
      request: async ({ original }) => {
        const headers = { ...original.headers, 'content-digest': await createContentDigest(altered) }
        return { ...original, headers, body: altered }
      },
      expected: refused('invalid'),
    },
    {
      name: 'altered path',
      request: ({ original }) => ({ ...original, url: original.url.replace('/transfers', '/gifts') }),
      expected: refused('invalid'),
    },
    {
      name: 'altered query',
      request: ({ original }) => ({ ...original, url: original.url.replace('memo=rent', 'memo=gift') }),
      expected: refused('invalid'),
    },
    {
      name: 'altered method',
      request: ({ original }) => ({ ...original, method: 'PUT' }),
      expected: refused('invalid'),
    },
    {
      name: 'altered content-type',
      request: ({ original }) => ({ ...original, headers: { ...original.headers, 'content-type': 'text/plain' } }),
      expected: refused('invalid'),
    },
    { name: 'then the unaltered original', request: ({ original }) => original, expected: executedOnce },
  ],
  [
    {
      name: 'signed 5 minutes ago',
      request: ({ origin, laptop }) => capture(origin, { key: laptop, clock: () => Date.now() - fiveMinutes }),
      expected: refused('stale'),
    },
    {
      name: 'signed 5 minutes from now',
      request: ({ origin, laptop }) => capture(origin, { key: laptop, clock: () => Date.now() + fiveMinutes }),
      expected: refused('stale'),
    },
  ],
  [
    {
      name: 'not signed at all',
      request: ({ origin }) => takeApart(transferRequest(origin)),
      expected: refused('missing'),
    },
    {
      name: 'signed with an unknown key',
      request: async ({ origin }) => capture(origin, { key: await createForgedKey('mallory') }),
      expected: refused('invalid'),
    },
    {
      name: "Alice's keyid, wrong secret",
      request: async ({ origin, laptop }) => capture(origin, { key: await createForgedKey(laptop.keyId) }),
      expected: refused('invalid'),
    },
    {
      name: 'only the method is signed',
      request: ({ origin, laptop }) => captureMethodOnly(origin, laptop),
      expected: refused('insufficient'),
    },
  ],
]

/**
 * A true signature of Alice that says too little: it would fit any other POST. `createSignedFetch` does
 * not make such a one, so this is `sign` of the core.
 *
 * @param {string} origin
 * @param {import('@countersign/core').SigningKey} key
 * @returns {Promise<Captured>}
 */
async function captureMethodOnly(origin, key) {
  const request = transferRequest(origin)
  const { signatureInput, signature } = await sign(requestMessageOf(request), key, {
    components: ['@method'],
    parameters: { created: Math.floor(Date.now() / 1000), nonce: crypto.randomUUID(), keyid: key.keyId },
  })
  request.headers.set('signature-input', signatureInput)
  request.headers.set('signature', signature)
  return takeApart(request)
}

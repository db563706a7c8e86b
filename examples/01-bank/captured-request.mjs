import { createSignedFetch } from '@countersign/client'

/**
 * A request as somebody on the way sees it: every part can be altered, and all of it sent again.
 *
 * @typedef {object} CapturedRequest
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {Uint8Array<ArrayBuffer>} body
 */

/** What each transfer of the demo moves. */
export const amount = 100

/**
 * The transfer that everything here is about, before it is signed.
 *
 * @param {string} origin of the bank
 */
export function transferRequest(origin) {
  return new Request(`${origin}/transfers?memo=rent`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'bob', amount }),
  })
}

/** As fetch sends them: a Request lists them by name. */
const fieldOrder = ['content-type', 'content-digest', 'signature-input', 'signature']

/**
 * @param {Request} request
 * @returns {Promise<CapturedRequest>}
 */
export async function takeApart(request) {
  const fields = fieldOrder.map((name) => [name, request.headers.get(name)])
  const headers = Object.fromEntries(fields.filter(([, value]) => value !== null))
  return { method: request.method, url: request.url, headers, body: new Uint8Array(await request.arrayBuffer()) }
}

/**
 * Lets a client sign and send a transfer, and keeps what it sends from arriving.
 *
 * @param {string} origin of the bank
 * @param {Pick<import('@countersign/client').SignedFetchOptions, 'key' | 'clock'>} options
 * @returns {Promise<CapturedRequest>}
 */
export async function capture(origin, { key, clock = Date.now }) {
  /** @type {CapturedRequest[]} */
  const captured = []
  const signedFetch = createSignedFetch({
    key,
    clock,
    fetch: async (request) => {
      captured.push(await takeApart(new Request(request)))
      return new Response()
    },
  })
  await signedFetch(transferRequest(origin))
  return captured[0]
}

/**
 * Sends a request as it is. Nothing is signed here.
 *
 * @param {CapturedRequest} captured
 * @returns {Promise<{ status: number, code: string }>} `code` is that of the problem details, or a dash
 */
export async function send({ method, url, headers, body }) {
  const response = await fetch(url, { method, headers, body })
  const content = await response.json()
  return { status: response.status, code: response.ok ? '-' : (content.code ?? '-') }
}

import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { SignatureError } from '@countersign/core'
import { claimOnce, honestSteps } from './honest-steps.mjs'
import { unixSeconds } from './signature-steps.mjs'

/**
 * A scheme as many APIs have one of their own, done right as far as it goes: an HMAC over everything that matters, in
 * X-API-Signature, with a time and a nonce. Again a flaw takes the place of one step.
 */
export const homeMadeSteps = Object.freeze({
  ...honestSteps,
  admit,
  signedText,
  sameSignature,
  checkTimestamp,
  remember,
})

/** @param {import('./honest-steps.mjs').Received} received */
async function admit(received) {
  const { request, service, steps } = received
  const { headers } = request
  const held = service.keys.get(headers['x-api-key'])
  if (held === undefined) throw new SignatureError('unknown_key')
  const body = await steps.readBody(received)
  const parts = partsOf({
    method: request.method,
    target: request.url,
    host: new URL(service.origin).host,
    headers,
    body,
  })
  const expected = hmacOf(held.jwk, steps.signedText(parts))
  if (!steps.sameSignature(expected, headers['x-api-signature'] ?? '')) throw new SignatureError('invalid_signature')
  steps.checkTimestamp(headers['x-request-timestamp'])
  steps.remember(service.claimed, headers['x-request-nonce'])
  return { keyId: headers['x-api-key'], body }
}

/**
 * What a client of such an API sends.
 *
 * @param {{ origin: string, method: string, target: string, body: string, jwk: { k: string } }} call
 * @param {typeof homeMadeSteps} steps those of the server: a client signs what the server verifies
 */
export function signHomeMade({ origin, method, target, body, jwk }, { signedText }) {
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'alice',
    'x-request-timestamp': String(unixSeconds()),
    'x-request-nonce': randomUUID(),
  }
  const parts = partsOf({ method, target, host: new URL(origin).host, headers, body })
  return { ...headers, 'x-api-signature': hmacOf(jwk, signedText(parts)) }
}

function partsOf({ method, target, host, headers, body }) {
  const [path, ...query] = target.split('?')
  const { 'x-request-timestamp': timestamp, 'x-request-nonce': nonce } = headers
  const { 'content-type': type, 'content-encoding': encoding = '' } = headers
  const bodyDigest = createHash('sha256').update(body).digest('hex')
  return { method, host, path, query: query.join('?'), type, encoding, timestamp, nonce, bodyDigest }
}

/** One part a line, so that none can run over into the next. */
function signedText({ method, host, path, query, type, encoding, timestamp, nonce, bodyDigest }) {
  return [method, host, path, query, type, encoding, timestamp, nonce, bodyDigest].join('\n')
}

function hmacOf(jwk, text) {
  return createHmac('sha256', Buffer.from(jwk.k, 'base64url')).update(text).digest('hex')
}

function sameSignature(expected, given) {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected))
}

function checkTimestamp(timestamp = '') {
  if (!/^\d{1,12}$/.test(timestamp)) throw new SignatureError('missing_parameter')
  if (Math.abs(unixSeconds() - Number(timestamp)) > 60) throw new SignatureError('stale')
}

function remember(claimed, nonce = '') {
  if (nonce.length < 16) throw new SignatureError('missing_parameter')
  claimOnce(claimed, nonce)
}

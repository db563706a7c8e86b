import { encodeUtf8, parseSignatures, readSignatureInput, SignatureError, signatureBase } from '@countersign/core'

/**
 * @typedef {import('./honest-steps.mjs').Received} Received
 * @typedef {import('@countersign/core').RequestMessage} RequestMessage
 * @typedef {import('@countersign/core').SignatureInput} SignatureInput
 */

/**
 * Seconds that a signature may be old, or in the future of the server's clock.
 *
 * @typedef {{ maxAgeSeconds: number, futureSkewSeconds: number }} Window
 */
export const usualWindow = Object.freeze({ maxAgeSeconds: 60, futureSkewSeconds: 10 })

/**
 * The order matters: nothing is remembered before all else was found right.
 *
 * @param {Received} received
 */
export async function admit(received) {
  const { steps } = received
  const signed = await firstValid(received)
  const body = await steps.readBody(received)
  await steps.checkBody(received, signed.input, body)
  // Reading the body took time.
  steps.checkTimes(received, signed.input.parameters)
  await steps.claim(received, signed)
  return { keyId: signed.keyId, body }
}

/** @param {Received} received */
export async function firstValid(received) {
  const { steps } = received
  let refusal
  for (const candidate of await steps.readSignatures(received)) {
    try {
      return await steps.verifyCandidate(received, candidate)
    } catch (error) {
      refusal ??= error
    }
  }
  throw refusal
}

/** @param {Received} received */
export function readSignatures({ message }) {
  return parseSignatures(message)
}

/**
 * @param {Received} received
 * @param {import('@countersign/core').UnverifiedSignature} candidate
 */
export async function verifyCandidate(received, candidate) {
  const { steps } = received
  const input = readSignatureInput(candidate.input)
  steps.checkNames(input.parameters)
  steps.checkCoverage(received, input)
  steps.checkTimes(received, input.parameters)
  const base = steps.makeBase(received, input)
  const held = await steps.findKey(received, input.parameters.keyid)
  if (!(await steps.checkSignature({ held, base, signature: candidate.signature, alg: input.parameters.alg }))) {
    throw new SignatureError('invalid_signature')
  }
  return { input, keyId: held.verifying.keyId, candidate }
}

/** @param {SignatureInput['parameters']} parameters */
export function checkNames({ keyid, nonce }) {
  if (keyid === undefined) throw new SignatureError('missing_parameter', 'keyid')
  if (nonce === undefined) throw new SignatureError('missing_parameter', 'nonce')
  if (nonce.length < 16 || nonce.length > 128) throw new SignatureError('malformed_parameter', 'nonce')
}

/** @param {RequestMessage} message */
export function requiredComponents({ headers }) {
  const withBody = ['content-type', 'content-encoding'].filter((name) => headers.has(name))
  const present = ['authorization', 'idempotency-key'].filter((name) => headers.has(name))
  const body = hasBody(headers) ? ['content-digest', ...withBody] : []
  return ['@method', '@authority', '@path', '@query', ...body, ...present]
}

/** RFC 9112 6: a request has a body when it says how it is framed. */
function hasBody(headers) {
  return headers.has('transfer-encoding') || Number(headers.get('content-length')?.[0] ?? 0) > 0
}

/**
 * Whole identifiers are compared: `"content-digest";bs` does not stand in for `"content-digest"`.
 *
 * @param {Received} received
 * @param {SignatureInput} input
 */
export function checkCoverage({ message, steps }, input) {
  const covered = new Set(input.components.map(({ text }) => text))
  for (const name of steps.requiredComponents(message)) {
    if (!covered.has(`"${name}"`)) throw new SignatureError('component_not_covered', name)
  }
}

/**
 * @param {Received} received
 * @param {SignatureInput['parameters']} parameters
 */
export function checkTimes({ service: { window } }, { created, expires }) {
  const now = unixSeconds()
  if (created === undefined) throw new SignatureError('missing_parameter', 'created')
  if (created > now + window.futureSkewSeconds) throw new SignatureError('not_yet_valid')
  if (created < now - window.maxAgeSeconds) throw new SignatureError('stale')
  if (expires === undefined) return
  if (expires <= created || expires - created > 86_400) throw new SignatureError('malformed_parameter', 'expires')
  if (expires < now) throw new SignatureError('expired')
}

export function unixSeconds() {
  return Math.floor(Date.now() / 1000)
}

/**
 * @param {Received} received
 * @param {SignatureInput} input
 */
export function makeBase({ message }, input) {
  return signatureBase(message, input)
}

/**
 * An unknown key looks like a bad signature from outside.
 *
 * @param {Received} received
 * @param {string} keyId
 */
export function findKey({ service }, keyId) {
  const held = service.keys.get(keyId)
  if (held === undefined) throw new SignatureError('unknown_key')
  return held
}

/** The algorithm is that of the key. A message only says which one it means. */
export function checkSignature({ held, base, signature, alg }) {
  const { verifying } = held
  if (alg !== undefined && alg !== verifying.algorithm) throw new SignatureError('algorithm_mismatch')
  return verifying.verify(encodeUtf8(base), signature)
}

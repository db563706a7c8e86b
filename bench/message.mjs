/** The one request that everybody signs and verifies, in as many copies as are needed: each with a nonce of its own. */
import { createPrivateKey, createPublicKey, createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import {
  createContentDigest,
  createRequestMessage,
  ed25519,
  generateKey,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  sign,
} from '@countersign/core'

export const origin = 'https://bank.example'
export const target = '/accounts/42/transfers?dry-run=1'
export const url = origin + target
export const keyId = 'partner-1'

/** The covered components, for everybody who can say what is covered. */
export const components = ['@method', '@authority', '@path', '@query', 'content-type', 'content-digest']

/** A JSON text of so many bytes. */
export function bodyOf(size) {
  const frame = JSON.stringify({ from: 'DE02120300000000202051', to: 'FR1420041010050500013M02606', memo: '' })
  const memo = 'Lorem ipsum dolor sit amet, consetetur sadipscing elitr. '.repeat(Math.ceil(size / 57))
  return new TextEncoder().encode(frame.replace('""}', `"${memo.slice(0, size - frame.length)}"}`))
}

/** Keys that everybody can be given in a form of theirs. */
export async function makeKeys() {
  const secret = randomBytes(32)
  const { privateJwk, publicJwk } = await generateKey(ed25519, { keyId, extractable: true })
  return {
    secret,
    // For whoever calls createHmac: with an array Node 24 takes ten times as long.
    secretKey: createSecretKey(secret),
    'hmac-sha256': {
      signing: await importSigningKey(hmacSha256, { secret }, { keyId }),
      verifying: await importVerifyingKey(hmacSha256, { secret }, { keyId }),
    },
    ed25519: {
      signing: await importSigningKey(ed25519, { jwk: privateJwk }),
      verifying: await importVerifyingKey(ed25519, { jwk: publicJwk }),
    },
    privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }),
    publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
  }
}

export const unixSeconds = () => Math.floor(Date.now() / 1000)

/** What a signer starts from. */
export function freshParameters(alg) {
  return { created: unixSeconds(), nonce: randomUUID(), keyid: keyId, alg }
}

/** The field lines of a request that is not signed yet. */
export function plainHeaders(body) {
  return [
    ['Host', 'bank.example'],
    ['Content-Type', 'application/json'],
    ['Content-Length', String(body.length)],
  ]
}

/** Requests that are signed as RFC 9421 says, for all who verify that. */
export async function signedRequests(count, { alg, key, body }) {
  const requests = []
  const digest = await createContentDigest(body)
  for (let index = 0; index < count; index++) {
    const headers = [...plainHeaders(body), ['Content-Digest', digest]]
    const message = createRequestMessage({ method: 'POST', url, headers })
    const signed = await sign(message, key, { components, parameters: freshParameters(alg) })
    headers.push(['Signature-Input', signed.signatureInput], ['Signature', signed.signature])
    requests.push({ method: 'POST', target, url, headers: headers.map(asReceived), body, base: flat(signed.base) })
  }
  return requests
}

/** A field line as a parser of HTTP gives it: text of one piece. */
function asReceived([name, value]) {
  return [name, flat(value)]
}

/** What was put together of pieces is put together in memory when it is first read, which would be timed. */
function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** The same request with another first byte in its body. */
export function tampered(request) {
  const body = Uint8Array.from(request.body)
  body[0] ^= 1
  return { ...request, body }
}

/** @throws Error unless it does. */
export async function mustRefuse(name, attempt) {
  let accepted
  try {
    accepted = await attempt()
  } catch {
    return
  }
  if (accepted) throw new Error(`${name} accepts a body that was changed`)
}

/** @throws Error unless it is so. */
export function must(condition, what) {
  if (!condition) throw new Error(what)
}

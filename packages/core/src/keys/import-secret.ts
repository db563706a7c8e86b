import type { SignatureAlgorithm } from '../algorithms/algorithm.ts'
import { type Bytes, decodeBase64, decodeBase64Url } from '../bytes.ts'
import type { HeldKey, KeyUse } from '../crypto/backend.ts'
import { selectBackend } from '../crypto/platform.ts'
import { checkJwk } from './import-jwk.ts'
import type { KeySource } from './key-source.ts'

/**
 * Imports an HMAC secret.
 *
 * @throws TypeError for a short secret, text that is no base64, or a public key in the place of a secret.
 */
export async function importSecret(algorithm: SignatureAlgorithm, source: KeySource, use: KeyUse): Promise<HeldKey> {
  const secret = readSecret(algorithm, source, use)
  if (!(secret instanceof Uint8Array)) {
    throw new TypeError('the HMAC secret must be a Uint8Array, or a string that holds it in base64')
  }
  // WebCrypto would say something else of an empty secret.
  algorithm.checkKey({ secretLength: secret.length }, use)
  refusePublicKey(secret)
  const backend = await selectBackend()
  // A copy, so that the caller may wipe the bytes.
  return backend.importHmac(new Uint8Array(secret))
}

function readSecret(algorithm: SignatureAlgorithm, source: KeySource, use: KeyUse): Uint8Array {
  if ('secret' in source) return typeof source.secret === 'string' ? decodeSecretText(source.secret) : source.secret
  if ('jwk' in source) {
    checkJwk(algorithm, source.jwk, use)
    const secret = decodeBase64Url(source.jwk.k ?? '')
    if (secret !== undefined) return secret
    throw new TypeError('the JWK needs its secret in the member "k", in base64url')
  }
  throw new TypeError(
    'pem' in source
      ? 'hmac-sha256 has no PEM form: pass { secret }. A PEM is a key of another algorithm'
      : 'pass one of { secret }, { jwk }, { cryptoKey } as the second argument',
  )
}

function decodeSecretText(text: string): Bytes {
  const bytes = /[-_]/.test(text) ? decodeBase64Url(text) : decodeBase64(text)
  if (bytes !== undefined) return bytes
  throw new TypeError(
    'an HMAC secret given as a string must be base64: for raw text pass new TextEncoder().encode(text)',
  )
}

/** A verifier that keys HMAC with a public key lets everybody sign (RFC 9421 7.3.6). */
function refusePublicKey(bytes: Uint8Array): void {
  const start = String.fromCharCode(...bytes.subarray(0, 64)).trimStart()
  if (start.startsWith('-----BEGIN ') || /^\{\s*"/.test(start)) {
    throw new TypeError('the HMAC secret is a PEM or JWK text: import it as { pem } or { jwk } with its own algorithm')
  }
}

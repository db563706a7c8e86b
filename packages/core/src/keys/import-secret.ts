import { minimumSecretBytes, shortSecret } from '../algorithms/hmac.ts'
import { type Bytes, decodeBase64, decodeBase64Url } from '../bytes.ts'
import { selectBackend } from '../crypto/platform.ts'
import type { SigningKey, VerifyingKey } from './key.ts'
import { requirePlainText } from './key.ts'

/** An HMAC key signs and verifies: whoever can check a signature can also make one. */
export interface SecretKey extends SigningKey, VerifyingKey {}

/**
 * Imports an HMAC secret.
 *
 * @param secret the bytes, or text that holds them in base64 or base64url.
 * @throws TypeError for a short secret, text that is no base64, or a public key in the place of a secret.
 */
export async function importSecret(secret: Uint8Array | string, keyId: string): Promise<SecretKey> {
  const bytes = secretBytes(secret)
  const id = requirePlainText('keyId', keyId)
  const primitive = await (await selectBackend()).importHmac(bytes)
  return Object.freeze({
    keyId: id,
    algorithm: 'hmac-sha256',
    sign: (base: Bytes) => primitive.sign(base),
    verify: (base: Bytes, signature: Bytes) => signature.length === 32 && primitive.verify(base, signature),
  })
}

function secretBytes(secret: Uint8Array | string): Bytes {
  const bytes = typeof secret === 'string' ? decodeSecretText(secret) : secret
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError('the HMAC secret must be a Uint8Array, or a string that holds it in base64')
  }
  if (bytes.length < minimumSecretBytes) throw new TypeError(shortSecret)
  refusePublicKey(bytes)
  return new Uint8Array(bytes)
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

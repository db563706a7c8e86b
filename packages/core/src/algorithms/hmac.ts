import type { KeyFacts } from '../crypto/backend.ts'
import type { SignatureAlgorithm } from './algorithm.ts'

/** The shortest secret, in bytes: as long as the hash (RFC 2104 section 3, RFC 9421 7.3.1). */
const minimumSecretLength = 32

/** HMAC using SHA-256 (RFC 9421 section 3.3.3). Both sides hold the secret, so either can sign. */
export const hmacSha256: SignatureAlgorithm = {
  name: 'hmac-sha256',
  keyParameters: { name: 'HMAC', hash: 'SHA-256' },
  signatureParameters: { name: 'HMAC' },
  jwk: { kty: 'oct', alg: ['HS256'] },
  identifiers: [],
  signatureLength: 32,
  // As long as the hash; WebCrypto would take the block size of 64 bytes.
  generation: { length: 256 },
  checkKey({ secretLength = 0 }: KeyFacts): void {
    if (secretLength >= minimumSecretLength) return
    throw new TypeError(
      `an HMAC secret needs at least ${minimumSecretLength} random bytes: make one with generateKey(hmacSha256)`,
    )
  },
  loadImport: () => import('../keys/import-secret.ts').then((module) => module.importSecret),
}

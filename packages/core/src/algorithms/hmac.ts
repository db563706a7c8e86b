import { importSecret } from '../keys/import-secret.ts'
import type { Algorithm } from './algorithm.ts'

/** HMAC using SHA-256 (RFC 9421 section 3.3.3). Both sides hold the secret, so either can sign. */
export const hmacSha256: Algorithm = {
  name: 'hmac-sha256',
  keyParameters: { name: 'HMAC', hash: 'SHA-256' },
  signatureParameters: { name: 'HMAC' },
  jwk: { kty: 'oct', alg: ['HS256'] },
  identifiers: [],
  signatureLength: 32,
  // As long as the hash; WebCrypto would take the block size of 64 bytes.
  generation: { length: 256 },
  checkKey() {},
  importSource: importSecret,
}

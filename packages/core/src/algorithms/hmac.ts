import type { Algorithm } from './algorithm.ts'

/** The shortest secret, in bytes: as long as the hash (RFC 2104 section 3, RFC 9421 7.3.1). */
export const minimumSecretBytes = 32

/** HMAC using SHA-256 (RFC 9421 section 3.3.3). Both sides hold the secret, so either can sign. */
export const hmacSha256: Algorithm = {
  name: 'hmac-sha256',
  keyParameters: { name: 'HMAC', hash: 'SHA-256' },
  signatureParameters: { name: 'HMAC' },
  jwk: { kty: 'oct', alg: ['HS256'] },
  signatureLength: 32,
  async checkKey(key: CryptoKey): Promise<void> {
    const { length, hash } = key.algorithm as HmacKeyAlgorithm
    if (hash.name !== 'SHA-256') throw new TypeError('hmac-sha256 needs an HMAC key whose hash is SHA-256')
    if (length < minimumSecretBytes * 8) throw new TypeError(shortSecret)
  },
}

/** Said for every short secret, whatever it came from. */
export const shortSecret: string = `an HMAC secret needs at least ${minimumSecretBytes} random bytes: make one with generateKey(hmacSha256)`

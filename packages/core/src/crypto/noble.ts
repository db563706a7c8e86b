import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, equalBytes } from '../bytes.ts'
import type { CryptoBackend, HashName, HmacPrimitive } from './backend.ts'

const hashes = { 'sha-256': sha256, 'sha-512': sha512 } as const

/** `@noble/hashes`, for platforms without WebCrypto. Everything is at hand at once. */
export const noble: CryptoBackend = {
  digest(hash: HashName, data: Bytes): Bytes {
    return hashes[hash](data) as Bytes
  },

  importHmac(secret: Bytes): HmacPrimitive {
    const key = secret.slice()
    const sign = (data: Bytes): Bytes => hmac(sha256, key, data) as Bytes
    return { sign, verify: (data, mac) => equalBytes(sign(data), mac) }
  },
}

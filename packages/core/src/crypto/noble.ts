import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, equalBytes } from '../bytes.ts'
import type { CryptoBackend, HashName, HeldKey, KeyMaterial, KeyUse, SignatureScheme } from './backend.ts'

const hashes = { 'sha-256': sha256, 'sha-512': sha512 } as const

/** `@noble/hashes` and, for those who install it, `@noble/curves`: platforms without WebCrypto. */
export const noble: CryptoBackend = {
  name: 'noble',

  digest(hash: HashName, data: Bytes): Bytes {
    return hashes[hash](data) as Bytes
  },

  importHmac(secret: Bytes): HeldKey {
    // The padded key is hashed once, and its state copied for every message.
    const prepared = hmac.create(sha256, secret)
    const sign = (data: Bytes): Bytes => prepared.clone().update(data).digest() as Bytes
    return { facts: { secretLength: secret.length }, sign, verify: (data, mac) => equalBytes(sign(data), mac) }
  },

  async importKey(scheme: SignatureScheme, material: KeyMaterial, use: KeyUse): Promise<HeldKey> {
    if (scheme.loadInJavaScript === undefined) {
      throw new TypeError(`${scheme.name} needs WebCrypto, which this platform has not got: serve the page over https`)
    }
    const importCurveKey = await scheme.loadInJavaScript()
    try {
      return importCurveKey(material, use)
    } catch (cause) {
      throw new TypeError(`the key is not a valid key for ${scheme.name}`, { cause })
    }
  },
}

import { subtleCrypto } from '../crypto/webcrypto.ts'
import type { Algorithm } from './algorithm.ts'

/** EdDSA using curve edwards25519 (RFC 9421 section 3.3.6, RFC 8032). */
export const ed25519: Algorithm = {
  name: 'ed25519',
  keyParameters: { name: 'Ed25519' },
  signatureParameters: { name: 'Ed25519' },
  jwk: { kty: 'OKP', crv: 'Ed25519', alg: ['EdDSA', 'Ed25519'] },
  signatureLength: 64,
  async checkKey(key: CryptoKey): Promise<void> {
    if (key.type !== 'public') return
    if (!key.extractable) {
      throw new TypeError(
        'import the Ed25519 public key as extractable: it is no secret, and its bytes must be checked',
      )
    }
    checkPublicKey(new Uint8Array(await subtleCrypto().exportKey('raw', key)))
  },
}

/** The y coordinates of the eight points of small order (little-endian hex, sign bit cleared). */
const smallOrder: ReadonlySet<string> = /* @__PURE__ */ new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

/**
 * Under a small-order key one signature verifies for many messages, and Node 20, Bun and Deno accept
 * them. A y of 2^255 - 19 or more is a second encoding of the same point (RFC 8032 section 5.1.3).
 */
function checkPublicKey(raw: Uint8Array): void {
  const y = Uint8Array.from(raw)
  y[31] = (y[31] as number) & 0x7f
  const hex = Array.from(y, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const nonCanonical = /^(e[d-f]|f.)(ff){30}7f$/.test(hex)
  if (nonCanonical || smallOrder.has(hex)) {
    throw new TypeError('the Ed25519 public key is a small-order or non-canonical point: nobody can own it')
  }
}

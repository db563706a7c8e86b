import type { KeyFacts, KeyUse } from '../crypto/backend.ts'
import type { SignatureAlgorithm } from './algorithm.ts'

/** EdDSA using curve edwards25519 (RFC 9421 section 3.3.6, RFC 8032). */
export const ed25519: SignatureAlgorithm = {
  name: 'ed25519',
  keyParameters: { name: 'Ed25519' },
  signatureParameters: { name: 'Ed25519' },
  jwk: { kty: 'OKP', crv: 'Ed25519', alg: ['EdDSA', 'Ed25519'] },
  identifiers: ['300506032b6570'],
  signatureLength: 64,
  /** Under a small-order key one signature verifies for many messages, and Node 20, Bun and Deno accept them. */
  checkKey({ publicKey }: KeyFacts, use: KeyUse): void {
    if (use === 'sign') return
    if (publicKey === undefined) {
      throw new TypeError(
        'import the Ed25519 public key as extractable: it is no secret, and its bytes must be checked',
      )
    }
    if (!isWeakPoint(publicKey)) return
    throw new TypeError('the Ed25519 public key is a small-order or non-canonical point: nobody can own it')
  },
  /**
   * WebCrypto refuses an R of small order, which no signer makes. Node does so from 24 on, Bun and Deno do not. WebKitGTK
   * takes an S that is not reduced.
   */
  refusesSignature: (signature: Uint8Array) => isWeakPoint(signature) || !isReduced(signature.subarray(32)),
  loadImport: () => import('../keys/import-key-pair.ts').then((module) => module.importKeyPair),
  loadInJavaScript: () => import('../crypto/noble-ed25519.ts').then((module) => module.loadEd25519()),
}

/**
 * The y coordinates of the eight points of small order, and every y of 2^255 - 19 or more, which is a second encoding
 * of a point (RFC 8032 5.1.3): little-endian, in hex, without the bit of the sign.
 */
const weakY =
  /^(0[01](00){31}|26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05|c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a|(e[c-f]|f.)(ff){30}7f)$/

/** The order of the group, 2^252 + 27742317777372353535851937790883648493 (RFC 8032 5.1), in hex. */
const order = '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed'

/** Whether S, which is little-endian, is below the order (RFC 8032 5.1.7): else one signature has many forms. */
function isReduced(scalar: Uint8Array): boolean {
  // Nearly every other S is told by its last byte.
  return (scalar[31] as number) < 0x10 || hexOf(scalar.slice().reverse()) < order
}

function hexOf(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether nobody who knows a private key, or signs with one, makes this point. */
function isWeakPoint(bytes: Uint8Array): boolean {
  const last = (bytes[31] as number) & 0x7f
  // How they all end: nearly every other point is told by it, in no time.
  if (![0x00, 0x05, 0x7a, 0x7f].includes(last)) return false
  const y = [...bytes.subarray(0, 31), last]
  return weakY.test(hexOf(y))
}

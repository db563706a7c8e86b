import { decodeBase64Url } from '../bytes.ts'
import type { KeyFacts } from '../crypto/backend.ts'
import type { SignatureAlgorithm } from './algorithm.ts'

/** The shortest modulus, in bits (RFC 7518 section 3.3, NIST SP 800-131A section 3). */
const minimumModulusLength = 2048

/** What new keys have: about 128 bits of security (NIST SP 800-57 part 1, table 2), and the exponent 65537. */
const generation = { modulusLength: 3072, publicExponent: /* @__PURE__ */ Uint8Array.of(1, 0, 1) } as const

/** rsaEncryption (RFC 8017 appendix C): a key that says nothing of the padding. */
const rsaEncryption = '300d06092a864886f70d0101010500'

/** RSASSA-PSS using SHA-512, with a salt of 64 bytes (RFC 9421 section 3.3.1). */
export const rsaPssSha512: SignatureAlgorithm = {
  name: 'rsa-pss-sha512',
  keyParameters: { name: 'RSA-PSS', hash: 'SHA-512' },
  signatureParameters: { name: 'RSA-PSS', saltLength: 64 },
  jwk: { kty: 'RSA', alg: ['PS512'] },
  // The second is id-RSASSA-PSS without parameters, which restricts nothing (RFC 4055 3.1). WebCrypto refuses it.
  identifiers: [rsaEncryption, '300b06092a864886f70d01010a'],
  signatureLength: undefined,
  generation,
  checkKey: checkRsaKey,
  refusesSignature: isOutOfRange,
  loadImport: () => import('../keys/import-key-pair.ts').then((module) => module.importKeyPair),
}

/** RSASSA-PKCS1-v1_5 using SHA-256 (RFC 9421 section 3.3.2). For new keys take another algorithm. */
export const rsaV15Sha256: SignatureAlgorithm = {
  name: 'rsa-v1_5-sha256',
  keyParameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  signatureParameters: { name: 'RSASSA-PKCS1-v1_5' },
  jwk: { kty: 'RSA', alg: ['RS256'] },
  identifiers: [rsaEncryption],
  signatureLength: undefined,
  generation,
  checkKey: checkRsaKey,
  refusesSignature: isOutOfRange,
  loadImport: () => import('../keys/import-key-pair.ts').then((module) => module.importKeyPair),
}

/** Under the exponent 1 every padded digest is its own signature, and OpenSSL accepts it (RFC 8017 section 3.1). */
function checkRsaKey({ modulusLength = 0, publicExponent = 0 }: KeyFacts): void {
  if (modulusLength < minimumModulusLength) {
    throw new TypeError(`an RSA key needs at least ${minimumModulusLength} bits, and this one has ${modulusLength}`)
  }
  if (!Number.isSafeInteger(publicExponent) || publicExponent < 3 || publicExponent % 2 === 0) {
    throw new TypeError('the public exponent of the RSA key must be odd and at least 3: take 65537')
  }
}

/** RFC 8017 5.2.2: a signature is a number below the modulus. WebKitGTK takes a larger one, so that it has many forms. */
function isOutOfRange(signature: Uint8Array, { modulus }: KeyFacts): boolean {
  const bytes = modulus === undefined ? undefined : decodeBase64Url(modulus)
  if (bytes === undefined) return false
  const at = bytes.findIndex((byte, index) => byte !== signature[index])
  return at === -1 || (signature[at] as number) > (bytes[at] as number)
}

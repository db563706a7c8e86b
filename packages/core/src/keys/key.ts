import type { Algorithm, AlgorithmName } from '../algorithms/algorithm.ts'
import type { Bytes, MaybePromise } from '../bytes.ts'
import { signWithCryptoKey, verifyWithCryptoKey } from '../crypto/webcrypto.ts'

/** A key that signs. One method, so that a KMS or HSM can stand behind it. */
export interface SigningKey {
  /** The `keyid` parameter: printable ASCII, 1 to 256 characters, opaque to the verifier. */
  readonly keyId: string
  readonly algorithm: AlgorithmName
  /** HTTP_SIGN of RFC 9421 section 3.3: signs the bytes of a signature base. */
  sign(base: Bytes): MaybePromise<Uint8Array>
}

/** A key that verifies. One method, so that a KMS or HSM can stand behind it. */
export interface VerifyingKey {
  readonly keyId: string
  readonly algorithm: AlgorithmName
  /** HTTP_VERIFY of RFC 9421 section 3.3. It must compare in constant time and never throw for a bad signature. */
  verify(base: Bytes, signature: Bytes): MaybePromise<boolean>
}

/**
 * Checks text that becomes a `keyid`, `nonce` or `tag`. A quotation mark or backslash is legal in a
 * Structured Field String, but only escaped, and other libraries escape it wrongly.
 *
 * @throws TypeError with what to write instead.
 */
export function requirePlainText(name: string, text: unknown, maximumLength = 256): string {
  const plain = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/
  if (typeof text === 'string' && text.length > 0 && text.length <= maximumLength && plain.test(text)) return text
  throw new TypeError(
    `${name} must be 1 to ${maximumLength} printable ASCII characters, without quotation mark and backslash`,
  )
}

/** A signing key behind a CryptoKey, which may be non-extractable. */
export function signingKeyOf(algorithm: Algorithm, keyId: string, cryptoKey: CryptoKey): SigningKey {
  return Object.freeze({
    keyId: requirePlainText('keyId', keyId),
    algorithm: algorithm.name,
    sign: (base: Bytes) => signWithCryptoKey(cryptoKey, algorithm.signatureParameters, base),
  })
}

/** A verifying key behind a CryptoKey. Signatures of another length never reach the platform, which may be lenient. */
export function verifyingKeyOf(algorithm: Algorithm, keyId: string, cryptoKey: CryptoKey): VerifyingKey {
  return Object.freeze({
    keyId: requirePlainText('keyId', keyId),
    algorithm: algorithm.name,
    verify: (data: Bytes, signature: Bytes) => {
      if (algorithm.signatureLength !== undefined && signature.length !== algorithm.signatureLength) return false
      return verifyWithCryptoKey(cryptoKey, algorithm.signatureParameters, { data, signature })
    },
  })
}

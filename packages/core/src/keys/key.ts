import type { AlgorithmName, SignatureAlgorithm } from '../algorithms/algorithm.ts'
import { type Bytes, encodeBase64, encodeUtf8, isPending, type MaybePromise } from '../bytes.ts'
import type { HeldKey } from '../crypto/backend.ts'

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

/** How keys of a backend take text, where that is faster. A key that somebody has wrapped is another object. */
const textSigners = /* @__PURE__ */ new WeakMap<SigningKey, NonNullable<HeldKey['signText']>>()
const textVerifiers = /* @__PURE__ */ new WeakMap<VerifyingKey, NonNullable<HeldKey['verifyText']>>()

/** A signing key around a key of a backend. */
export function signingKeyOf(algorithm: SignatureAlgorithm, keyId: string, held: HeldKey): SigningKey {
  const key = Object.freeze({ keyId, algorithm: algorithm.name, sign: (base: Bytes) => held.sign(base) })
  if (held.signText !== undefined) textSigners.set(key, held.signText)
  return key
}

/** A verifying key around a key of a backend. Platforms can be lenient: what is no signature never reaches them. */
export function verifyingKeyOf(algorithm: SignatureAlgorithm, keyId: string, held: HeldKey): VerifyingKey {
  // RFC 8017 8.1.2 and 8.2.2: a signature is as long as the modulus.
  const length = algorithm.signatureLength ?? Math.ceil((held.facts.modulusLength as number) / 8)
  const isSignature = (bytes: Uint8Array): boolean =>
    bytes.length === length && !algorithm.refusesSignature?.(bytes, held.facts)
  const key = Object.freeze({
    keyId,
    algorithm: algorithm.name,
    verify: (base: Bytes, signature: Bytes) => isSignature(signature) && held.verify(base, signature),
  })
  const { verifyText } = held
  if (verifyText !== undefined) {
    textVerifiers.set(key, (base, signature) => isSignature(signature) && verifyText(base, signature))
  }
  return key
}

/** Signs a signature base with any key. @returns base64 */
export function signBase(key: SigningKey, base: string): MaybePromise<string> {
  const signText = textSigners.get(key)
  if (signText !== undefined) return signText(base)
  const signature = key.sign(encodeUtf8(base))
  return isPending(signature) ? signature.then(encodeBase64) : encodeBase64(signature)
}

/** Verifies the signature of a signature base with any key, which may answer nonsense. */
export function verifyBase(key: VerifyingKey, base: string, signature: Bytes): MaybePromise<unknown> {
  const verifyText = textVerifiers.get(key)
  return verifyText === undefined ? key.verify(encodeUtf8(base), signature) : verifyText(base, signature)
}

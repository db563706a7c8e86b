import type { HeldKey, KeyFacts, KeyUse, SignatureScheme } from '../crypto/backend.ts'
import type { KeySource } from '../keys/key-source.ts'

/** The HTTP Signature Algorithms registry (RFC 9421 section 6.2.2). */
export const algorithmNames = [
  'hmac-sha256',
  'ed25519',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'rsa-pss-sha512',
  'rsa-v1_5-sha256',
] as const

/** The name of an algorithm in the registry. */
export type AlgorithmName = (typeof algorithmNames)[number]

/**
 * All that the library knows of one entry of the registry. It is a value that keys hold: messages
 * never choose an algorithm, and a bundler drops those that nobody imports.
 */
export interface SignatureAlgorithm extends SignatureScheme {
  readonly name: AlgorithmName
  /** How a JWK of this algorithm is recognised (RFC 7517 4.1, RFC 7518 6, RFC 8037 2). */
  readonly jwk: {
    readonly kty: 'oct' | 'OKP' | 'EC' | 'RSA'
    readonly crv?: string
    /** Values of a JWK's `alg` that agree with this algorithm. */
    readonly alg: readonly string[]
  }
  /**
   * The DER of the AlgorithmIdentifiers that PKCS#8 and SPKI may name this algorithm with, in hex (RFC 5958 2,
   * RFC 5280 4.1.1.2). Platforms are given the first. Empty where there is no such form.
   */
  readonly identifiers: readonly string[]
  /** The exact length of a signature in bytes; undefined where the key decides. */
  readonly signatureLength: number | undefined
  /** What `subtle.generateKey` takes beside `keyParameters`. */
  readonly generation?: Readonly<Record<string, unknown>>
  /**
   * Checks what platforms do not: short keys, exponents and points under which anybody can sign.
   *
   * @throws TypeError when the key must not be used.
   */
  checkKey(facts: KeyFacts, use: KeyUse): void
  /** Whether a signature of the right length is one that some platforms accept and others do not. */
  refusesSignature?(signature: Uint8Array, facts: KeyFacts): boolean
  /**
   * Loads what reads the sources of this kind of keys. It stands here so that a bundler drops the other kind. Browsers
   * should hold CryptoKeys, which need none of it.
   */
  loadImport(): Promise<KeyImport>
}

/**
 * Imports a key from any source but a CryptoKey.
 *
 * @throws TypeError when the source is not a key of the algorithm.
 */
export type KeyImport = (algorithm: SignatureAlgorithm, source: KeySource, use: KeyUse) => Promise<HeldKey>

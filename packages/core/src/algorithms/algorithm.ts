import type { SignatureScheme } from '../crypto/backend.ts'

/** The HTTP Signature Algorithms registry (RFC 9421 section 6.2.2). */
export type AlgorithmName =
  | 'hmac-sha256'
  | 'ed25519'
  | 'ecdsa-p256-sha256'
  | 'ecdsa-p384-sha384'
  | 'rsa-pss-sha512'
  | 'rsa-v1_5-sha256'

/**
 * All that the library knows of one entry of the registry. It is a value that keys hold: messages
 * never choose an algorithm, and a bundler drops those that nobody imports.
 */
export interface Algorithm extends SignatureScheme {
  readonly name: AlgorithmName
  /** How a JWK of this algorithm is recognised (RFC 7517 4.1, RFC 7518 6, RFC 8037 2). */
  readonly jwk: {
    readonly kty: 'oct' | 'OKP' | 'EC' | 'RSA'
    readonly crv?: string
    /** Values of a JWK's `alg` that agree with this algorithm. */
    readonly alg: readonly string[]
  }
  /** The exact length of a signature in bytes; undefined where the key decides. */
  readonly signatureLength: number | undefined
  /**
   * Checks what platforms do not: small keys, small-order points, non-canonical encodings.
   *
   * @throws TypeError when the key must not be used.
   */
  checkKey(key: CryptoKey): Promise<void>
}

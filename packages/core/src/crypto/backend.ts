import type { Bytes, MaybePromise } from '../bytes.ts'
import type { JwkMembers } from './web-crypto-types.ts'

/** The hash functions of RFC 9530 section 5 that are safe against an adversary. */
export type HashName = 'sha-256' | 'sha-512'

/** What a key is imported for. */
export type KeyUse = 'sign' | 'verify'

/** One signature scheme, in the words of WebCrypto. It comes from the table of algorithms, never from a message. */
export interface SignatureScheme {
  /** How errors name it. */
  readonly name: string
  /** What `subtle.importKey` and `subtle.generateKey` take. */
  readonly keyParameters: { readonly name: string; readonly hash?: string; readonly namedCurve?: string }
  /** What `subtle.sign` and `subtle.verify` take. */
  readonly signatureParameters: { readonly name: string; readonly hash?: string; readonly saltLength?: number }
  /** Loads the scheme in JavaScript, for platforms without WebCrypto. Absent where there is none, as for RSA. */
  readonly loadInJavaScript?: () => Promise<CurveImport>
}

/** Imports a key of one elliptic curve. Anything that it throws means that the key is none of the curve. */
export type CurveImport = (material: KeyMaterial, use: KeyUse) => HeldKey

/** Key material in a format that can be imported, checked to be of the scheme as far as its text goes. */
export type KeyMaterial =
  | { readonly format: 'jwk'; readonly jwk: JwkMembers }
  /** `inner` is what the structure wraps: RFC 5958 `privateKey`, or RFC 5280 `subjectPublicKey` without its pad count. */
  | { readonly format: 'pkcs8' | 'spki'; readonly bytes: Bytes; readonly inner: Bytes }

/** What a platform must be able to do. Nothing that a message says reaches it. */
export interface CryptoBackend {
  readonly name: 'webcrypto' | 'node' | 'noble'
  /** Hashes bytes that are all at hand. */
  digest(hash: HashName, data: Bytes): MaybePromise<Bytes>
  /** The same in base64, where that is faster than by way of an array. */
  digestBase64?(hash: HashName, data: Bytes): string
  /** Hashes the UTF-8 bytes of a text, and gives base64url, where that is faster than by way of arrays. */
  digestText?(hash: HashName, text: string): string
  /** Imports an HMAC-SHA-256 secret of any length. The bytes are the backend's to keep. */
  importHmac(secret: Bytes): MaybePromise<HeldKey>
  /**
   * Imports a private key to sign, or a public key to verify.
   *
   * @throws TypeError when the material is not a key of the scheme, or the platform has not got the scheme.
   */
  importKey(scheme: SignatureScheme, material: KeyMaterial, use: KeyUse): MaybePromise<HeldKey>
}

/** A key inside a backend. It can do what it was imported for, and throws at the other. */
export interface HeldKey {
  readonly facts: KeyFacts
  sign(data: Bytes): MaybePromise<Bytes>
  /** Compares in constant time. The caller has checked the length of the signature. */
  verify(data: Bytes, signature: Bytes): MaybePromise<boolean>
  /** Signs the UTF-8 bytes of a text, and gives base64. It is there where that is faster than by way of arrays. */
  signText?(text: string): string
  /** The same for {@link verify}. */
  verifyText?(text: string, signature: Bytes): boolean
}

/** What a backend can tell of a key that platforms do not check themselves. */
export interface KeyFacts {
  /** The length of an HMAC secret in bytes. */
  readonly secretLength?: number
  /** The length of an RSA modulus in bits. */
  readonly modulusLength?: number
  /** The modulus of a public RSA key as in a JWK, where the platform may not compare signatures with it. */
  readonly modulus?: string | undefined
  /** The public exponent of an RSA key. */
  readonly publicExponent?: number
  /** The 32 bytes of an Ed25519 public key. */
  readonly publicKey?: Uint8Array
}

import type { Bytes, MaybePromise } from '../bytes.ts'

/** The hash functions of RFC 9530 section 5 that are safe against an adversary. */
export type HashName = 'sha-256' | 'sha-512'

/** The parameters of one signature scheme, as WebCrypto names them. */
export interface SignatureScheme {
  /** What `subtle.importKey` and `subtle.generateKey` take. */
  readonly keyParameters: { readonly name: string; readonly hash?: string; readonly namedCurve?: string }
  /** What `subtle.sign` and `subtle.verify` take. */
  readonly signatureParameters: { readonly name: string; readonly hash?: string; readonly saltLength?: number }
}

/** Key material in a format that can be imported. */
export type KeyMaterial =
  | { readonly format: 'raw' | 'pkcs8' | 'spki'; readonly bytes: Bytes }
  | { readonly format: 'jwk'; readonly jwk: JsonWebKey }

/** What a platform must be able to do. Nothing that a message says reaches it. */
export interface CryptoBackend {
  /** Hashes bytes that are all at hand. */
  digest(hash: HashName, data: Bytes): MaybePromise<Bytes>
  /** Imports an HMAC-SHA-256 secret, at once or later. */
  importHmac(secret: Bytes): MaybePromise<HmacPrimitive>
}

/** HMAC with SHA-256 under one secret. */
export interface HmacPrimitive {
  sign(data: Bytes): MaybePromise<Bytes>
  verify(data: Bytes, mac: Bytes): MaybePromise<boolean>
}

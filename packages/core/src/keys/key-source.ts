import type { JwkMembers, WebCryptoKey } from '../crypto/web-crypto-types.ts'

/** Where a key comes from. Give exactly one. */
export type KeySource =
  /** An HMAC secret: at least 32 bytes, or a string that holds them in base64 or base64url. */
  | { readonly secret: Uint8Array | string }
  /** A JSON Web Key (RFC 7517). Its `kid` is the default key id. */
  | { readonly jwk: NamedJwk }
  /** A PEM text (RFC 7468): PKCS#8 for signing, SPKI for verifying. */
  | { readonly pem: string }
  /** A WebCrypto key, which may be non-extractable unless it is a public Ed25519 key. */
  | { readonly cryptoKey: WebCryptoKey }

/** What the RFCs let a JWK say beside the members that WebCrypto knows (RFC 7517 section 4). */
export interface NamedJwk extends JwkMembers {
  /** The key id, which becomes the `keyid` parameter. */
  readonly kid?: string
}

/** What names a key. */
export interface KeyOptions {
  /** The `keyid` parameter of signatures. @default the `kid` of a JWK */
  readonly keyId?: string
}

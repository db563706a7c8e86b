/**
 * A key of WebCrypto, by the types that a project has of it: those of browsers (`lib: DOM`), of Node or of Workers.
 * The name `CryptoKey` is global in the first and the last alone.
 */
export type WebCryptoKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>

/** The members of a JSON Web Key that WebCrypto knows (RFC 7517 section 4, RFC 7518 section 6). */
export interface JwkMembers {
  kty?: string
  alg?: string
  use?: string
  key_ops?: string[]
  ext?: boolean
  /** Elliptic curves. */
  crv?: string
  x?: string
  y?: string
  /** The private part of an elliptic curve or RSA key. */
  d?: string
  /** RSA. */
  n?: string
  e?: string
  p?: string
  q?: string
  dp?: string
  dq?: string
  qi?: string
  oth?: { d?: string; r?: string; t?: string }[]
  /** A secret. */
  k?: string
}

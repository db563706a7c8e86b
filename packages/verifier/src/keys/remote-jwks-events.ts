/** Why a key set was not loaded. */
export type RemoteJwksFailure =
  /** The request failed: no connection, no name, no certificate. */
  | 'network'
  /** Headers or body took too long. */
  | 'timeout'
  /** The server answered with a redirect, which is not followed. */
  | 'redirect'
  /** The status was not 200. */
  | 'status'
  | 'too-large'
  /** The body is not JSON in UTF-8. */
  | 'not-json'
  /** The JSON is not an object with a list of `keys` (RFC 7517 section 5). */
  | 'not-a-jwks'
  | 'too-many-keys'

/** Why a key of a set is not trusted. */
export type IgnoredKeyReason =
  /** Not an object. */
  | 'not-a-jwk'
  /** No `kid`, or one that cannot be a keyid: printable ASCII, 1 to 256 characters. */
  | 'no-kid'
  /** `use` or `key_ops` say that it is not for verifying. */
  | 'other-use'
  /** No algorithm that is accepted has this `kty`, `crv` and `alg`. */
  | 'other-algorithm'
  /** Several algorithms would fit: an RSA key must say its `alg`. */
  | 'ambiguous-algorithm'
  /** A secret, which whoever reads the set could sign with. */
  | 'symmetric'
  /** Private members, which whoever reads the set could sign with. */
  | 'private'
  /** Another key of the set has the same `kid`: neither is trusted. */
  | 'duplicate-kid'
  /** `nbf` or `exp` are no whole numbers of Unix seconds, or at odds. */
  | 'bad-validity'
  /** The option `principal` has failed, or given something that is no name. */
  | 'bad-principal'
  /** Malformed, or too weak to be trusted. */
  | 'unfit'

/** What a remote key set tells. It holds nothing secret. */
export type RemoteJwksEvent =
  | {
      readonly type: 'fetched'
      /** How many keys are held now, those that are revoked or outside their validity among them. */
      readonly keys: number
      /** How many keys of the set are not trusted. */
      readonly ignored: number
      /** How long it took. */
      readonly milliseconds: number
    }
  | {
      readonly type: 'failed'
      readonly reason: RemoteJwksFailure
      /** How long it took. */
      readonly milliseconds: number
      /** How long the keys of the last set are still trusted; 0 when there are none. */
      readonly trustedForSeconds: number
    }
  | {
      readonly type: 'key-ignored'
      readonly reason: IgnoredKeyReason
      /** Where the key stands in `keys`, from 0. */
      readonly index: number
      /** Its `kid`, unless it cannot be a keyid. */
      readonly keyId?: string
    }

/** Whoever publishes a set has keys for other purposes too. */
const expected: readonly IgnoredKeyReason[] = ['other-use', 'other-algorithm']

/** The default of `onEvent`: says on the console what somebody must mend. */
export function warnOfJwks(event: RemoteJwksEvent): void {
  if (event.type === 'failed') {
    console.warn(
      `countersign: the remote key set was not loaded (${event.reason}). Known keys are trusted for ${event.trustedForSeconds} s more`,
    )
  }
  if (event.type === 'key-ignored' && !expected.includes(event.reason)) {
    console.warn(`countersign: key ${event.index} of the remote key set is not trusted (${event.reason})`)
  }
}

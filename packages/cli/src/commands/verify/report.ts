import type { ComponentIdentifier, SignatureError } from '@countersign/core'
import type { TrustedKey } from '@countersign/verifier'
import type { Cause } from '@countersign/verifier/doctor'

/** What a verification is done by. */
export interface VerificationPolicy {
  readonly keys: readonly TrustedKey[]
  readonly maxAgeSeconds: number
  readonly futureSkewSeconds: number
  /** Components that must be covered beside those of the profile. */
  readonly required: readonly ComponentIdentifier[]
  readonly tag: string | undefined
  /** Whether the key of a request may have signed its response. */
  readonly allowSharedKey: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What was verified: a request, the answer to one request, or a response that names none. */
export type VerifiedKind = 'request' | 'answer' | 'unbound response'

/** How far a message came. */
export interface VerificationOutcome {
  readonly kind: VerifiedKind
  /** Which key signed it, where it was accepted. */
  readonly keyId: string | undefined
  /** Why it was refused. */
  readonly refusal: SignatureError | undefined
  /** What most likely happened to it. */
  readonly causes: readonly Cause[]
}

/** What is told of a verification. */
export interface VerificationReport extends VerificationOutcome {
  /** When its key is trusted, where that has an end or a beginning. */
  readonly validity: string | undefined
  /** The signature base of its first signature, where one can be made. */
  readonly base: string | undefined
}

import type { SignatureError } from '@countersign/core'
import type { Diagnosis } from '@countersign/verifier/doctor'

/** How far a request came. */
export interface VerificationReport {
  /** Which key signed it, where it was accepted. */
  readonly keyId: string | undefined
  /** Why it was refused. */
  readonly refusal: SignatureError | undefined
  /** What most likely happened to it. */
  readonly diagnosis: Diagnosis | undefined
  /** When its key is trusted, where that has an end or a beginning. */
  readonly validity: string | undefined
  /** The signature base of its first signature, where one can be made. */
  readonly base: string | undefined
}

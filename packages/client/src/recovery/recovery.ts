import type { SigningKey } from '@countersign/core'
import type { SignaturePlan, SignedHop } from '../sign-request.ts'

/** Changes what is about to be signed. */
export type Revision = (plan: SignaturePlan) => SignaturePlan

/** A response that may be a refusal, and the request that it answers. */
export interface Refusal {
  /** What the server answered. */
  readonly response: Response
  /** What was sent. */
  readonly signed: SignedHop
  /** The key that signed. */
  readonly key: SigningKey
  /** What was changed in what was signed. */
  readonly revision: Revision | undefined
  /** What was added to the clock of the client, in milliseconds. */
  readonly clockOffset: number
}

/**
 * What can be done about a 401: how to sign the request anew. It serves once for each attempt.
 *
 * @returns undefined when it is for somebody else to mend.
 * @throws SignatureError when the server asks for what must not be signed.
 */
export type Recovery = (refusal: Refusal) => Promise<Revision | undefined>

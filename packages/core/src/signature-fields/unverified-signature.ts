import type { Bytes } from '../bytes.ts'
import type { InnerList } from '../structured-fields/types.ts'
import type { SignatureInput } from './signature-input.ts'

/** A signature as a message claims to have it. Nothing of it may be believed yet. */
export interface UnverifiedSignature {
  /** Names the signature within its message, and says nothing about its role (RFC 9421 7.2.5). */
  readonly label: string
  /** The covered components and parameters: {@link readSignatureInput} reads them, unless that was done already. */
  readonly input: InnerList | SignatureInput
  readonly signature: Bytes
}

/** Bounds on what is parsed, checked before anything is. */
export interface SignatureFieldLimits {
  /** Characters of the Signature-Input and Signature fields together. @default 8192 */
  readonly maxFieldLength: number
  /** Signatures in one message. @default 4 */
  readonly maxSignatures: number
  /** Covered components of one signature. @default 32 */
  readonly maxComponents: number
}

/** Generous for honest messages: one signature with eight components takes about 500 characters. */
export const defaultLimits: SignatureFieldLimits = /* @__PURE__ */ Object.freeze({
  maxFieldLength: 8192,
  maxSignatures: 4,
  maxComponents: 32,
})

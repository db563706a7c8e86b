import type { SignatureErrorCode } from '@countersign/core'

/** The steps of a verifier, in its order (docs/profile.md says what each checks). */
export const steps = ['syntax and limits', 'coverage and time', 'key', 'signature', 'body', 'nonce', 'handler'] as const

/** One of {@link steps}, from 1. */
export type StepNumber = 1 | 2 | 3 | 4 | 5 | 6

/** The step that refuses with a code. A new code breaks the build until it has one. */
export const stepOf: Readonly<Record<SignatureErrorCode, StepNumber>> = {
  missing_signature: 1,
  malformed_structured_field: 1,
  malformed_signature_input: 1,
  malformed_signature: 1,
  malformed_parameter: 1,
  duplicate_label: 1,
  label_mismatch: 1,
  limit_exceeded: 1,
  malformed_message: 1,
  invalid_component: 2,
  duplicate_component: 2,
  no_matching_signature: 2,
  component_not_covered: 2,
  missing_parameter: 2,
  missing_digest: 2,
  nonce_refused: 2,
  replay_protection_required: 2,
  stale: 2,
  expired: 2,
  not_yet_valid: 2,
  missing_component: 2,
  malformed_component: 2,
  unknown_key: 3,
  inactive_key: 3,
  key_unavailable: 3,
  algorithm_mismatch: 4,
  invalid_signature: 4,
  malformed_digest: 5,
  unsupported_digest: 5,
  digest_mismatch: 5,
  body_too_large: 5,
  body_unreadable: 5,
  replayed: 6,
  replay_store_unavailable: 6,
  replay_store_starting: 6,
  replay_store_full: 6,
  // No verifier says these.
  malformed_accept_signature: 1,
  unfulfillable_request: 1,
  redirect_refused: 1,
}

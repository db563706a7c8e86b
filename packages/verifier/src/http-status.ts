import type { SignatureErrorCode } from '@countersign/core'

/** What a refusal looks like from outside. An unknown key, a bad signature and a wrong digest look the same. */
export type RefusalKind =
  | 'missing'
  | 'malformed'
  | 'insufficient'
  | 'stale'
  | 'invalid'
  | 'replayed'
  | 'too-large'
  | 'unavailable'

/** The kind of each code: what an attacker may learn. The code itself goes to `onEvent`. */
export const refusalKinds: Readonly<Record<SignatureErrorCode, RefusalKind>> = {
  missing_signature: 'missing',
  malformed_structured_field: 'malformed',
  malformed_signature_input: 'malformed',
  malformed_signature: 'malformed',
  malformed_parameter: 'malformed',
  malformed_digest: 'malformed',
  malformed_accept_signature: 'malformed',
  unfulfillable_request: 'malformed',
  malformed_message: 'malformed',
  malformed_component: 'malformed',
  invalid_component: 'malformed',
  missing_component: 'malformed',
  duplicate_label: 'malformed',
  label_mismatch: 'malformed',
  duplicate_component: 'malformed',
  body_unreadable: 'malformed',
  no_matching_signature: 'insufficient',
  component_not_covered: 'insufficient',
  missing_parameter: 'insufficient',
  missing_digest: 'insufficient',
  unsupported_digest: 'insufficient',
  nonce_refused: 'insufficient',
  replay_protection_required: 'insufficient',
  stale: 'stale',
  expired: 'stale',
  not_yet_valid: 'stale',
  unknown_key: 'invalid',
  inactive_key: 'invalid',
  algorithm_mismatch: 'invalid',
  invalid_signature: 'invalid',
  digest_mismatch: 'invalid',
  replayed: 'replayed',
  limit_exceeded: 'too-large',
  body_too_large: 'too-large',
  key_unavailable: 'unavailable',
  replay_store_unavailable: 'unavailable',
  replay_store_starting: 'unavailable',
  replay_store_full: 'unavailable',
  redirect_refused: 'unavailable',
}

/** The HTTP status of a refusal (RFC 9110 section 15): 401 for whatever better credentials would mend. */
export function httpStatus(code: SignatureErrorCode): 401 | 413 | 431 | 503 {
  if (code === 'body_too_large') return 413
  if (code === 'limit_exceeded') return 431
  return refusalKinds[code] === 'unavailable' ? 503 : 401
}

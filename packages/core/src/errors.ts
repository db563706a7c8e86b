/**
 * Every way in which a message is refused, sorted by who can mend it.
 *
 * A new code breaks the build until it has a sentence here and a status and problem kind in the verifier.
 */
export type SignatureErrorCode = keyof typeof rules

/** The rule that each code stands for. A rule never quotes a secret, a nonce, a signature or a body. */
const rules = {
  // The message carries no usable signature.
  missing_signature: 'the message has no Signature-Input and Signature fields',
  malformed_structured_field: 'the text is not a structured field of the expected type (RFC 9651)',
  malformed_signature_input: 'Signature-Input is not a Dictionary of covered components (RFC 9421 4.1)',
  malformed_signature: 'Signature is not a Dictionary of Byte Sequences (RFC 9421 4.2)',
  malformed_parameter: 'a signature parameter has the wrong type or an impossible value (RFC 9421 2.3)',
  malformed_digest:
    'a digest field is not a Dictionary of Byte Sequences, or of weights from 0 to 10 (RFC 9530 2 to 4)',
  duplicate_label: 'two signatures have the same label (RFC 9421 4)',
  label_mismatch: 'Signature-Input and Signature do not have the same labels (RFC 9421 4)',
  limit_exceeded: 'the signature fields are larger than is accepted here',
  // The covered components cannot be resolved.
  invalid_component: 'a component identifier is unknown or its parameters do not fit (RFC 9421 2.5)',
  duplicate_component: 'a component is covered twice (RFC 9421 2)',
  missing_component: 'a covered component is not in the message (RFC 9421 2.5)',
  malformed_component: 'the value of a covered component cannot be canonicalized (RFC 9421 2.1)',
  malformed_message: 'the message is ambiguous or cannot be represented',
  // The signature is well formed, and not enough.
  no_matching_signature: 'no signature has the tag that this verifier requires (RFC 9421 3.2)',
  component_not_covered: 'a component that the policy requires is not covered (RFC 9421 3.2.1)',
  missing_parameter: 'a signature parameter that the policy requires is absent (RFC 9421 3.2.1)',
  missing_digest: 'the message has a body that no covered Content-Digest protects (RFC 9421 7.2.8)',
  unsupported_digest: 'the digest field has no algorithm that is accepted here: use sha-256 or sha-512 (RFC 9530 5)',
  // The signature is no longer, or not yet, acceptable.
  stale: 'the signature is older than the acceptance window, or than the replay floor',
  expired: 'the signature is past its expires parameter',
  not_yet_valid: 'the signature was created in the future by the clock of this verifier',
  replayed: 'this signed message was accepted before',
  // The signature is wrong.
  unknown_key: 'no key is known by this keyid (RFC 9421 3.2 step 5)',
  algorithm_mismatch: 'the alg parameter differs from the algorithm of the key (RFC 9421 3.2 step 6)',
  invalid_signature: 'the signature does not verify (RFC 9421 3.2 step 9)',
  digest_mismatch: 'the body or representation does not have the stated digest (RFC 9530 2 and 3)',
  // Nobody can tell right now.
  body_too_large: 'the body is larger than this verifier accepts',
  body_unreadable: 'the body ended before it was complete',
  key_unavailable: 'the key could not be looked up',
  replay_store_unavailable: 'the replay store did not answer',
  replay_store_starting: 'the replay store was just started and cannot tell yet whether this message is new',
  replay_store_full: 'the replay store has no room for another nonce',
  // A signature that the other side asks for is not made.
  malformed_accept_signature: 'Accept-Signature is not a Dictionary of covered components (RFC 9421 5.1)',
  unfulfillable_request: 'a requested signature cannot be made as it is asked for (RFC 9421 5.2)',
  // The client refused to go on.
  redirect_refused: 'a signed request is not sent to another origin',
} as const

/** What a {@link SignatureError} can carry beside its code. */
export interface SignatureErrorOptions {
  /** The error that led to this one. It may hold secrets of the caller: log it with care. */
  readonly cause?: unknown
  /** Seconds after which a message signed anew may be accepted. */
  readonly retryAfterSeconds?: number
  /** The clock of the verifier in Unix seconds, where the time was the problem. */
  readonly serverTime?: number
}

/**
 * A message that cannot be signed, or must not be accepted.
 *
 * `code` is stable and closed; `message` states the rule. A mistake of the caller is a `TypeError` instead.
 */
export class SignatureError extends Error {
  override readonly name = 'SignatureError'
  /** Which rule refused the message. */
  readonly code: SignatureErrorCode
  /** Seconds after which a message signed anew may be accepted, where that is known. */
  readonly retryAfterSeconds: number | undefined
  /** The clock of the verifier in Unix seconds, where the time was the problem. */
  readonly serverTime: number | undefined

  constructor(code: SignatureErrorCode, detail = '', options: SignatureErrorOptions = {}) {
    const text = detail === '' ? rules[code] : `${rules[code]}: ${detail}`
    super(text, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.serverTime = options.serverTime
  }
}

/**
 * Tells a {@link SignatureError} from any other thrown value.
 *
 * It works by name and code, not by `instanceof`: a program may hold this package twice, as ESM and as CJS.
 */
export function isSignatureError(value: unknown): value is SignatureError {
  return (
    value instanceof Error && value.name === 'SignatureError' && Object.hasOwn(rules, (value as SignatureError).code)
  )
}

/**
 * Every way in which a message is refused, sorted by who can mend it.
 *
 * A new code breaks the build until it has a sentence here and a status and problem kind in the verifier.
 */
export type SignatureErrorCode = keyof typeof rules

/**
 * The rule that each code stands for, with its place in RFC 9421 or another RFC. A rule never quotes a secret, a
 * nonce, a signature or a body. The texts are short, since every client carries them.
 */
const rules = {
  // The message carries no usable signature.
  missing_signature: 'the message is not signed', // 3.2 step 1
  malformed_structured_field: 'not a structured field of the expected type', // RFC 9651 4.2
  malformed_signature_input: 'Signature-Input is no Dictionary of covered components', // 4.1
  malformed_signature: 'Signature is no Dictionary of Byte Sequences', // 4.2
  malformed_parameter: 'a signature parameter has a wrong type or value', // 2.3
  malformed_digest: 'a digest field is no Dictionary of digests or weights', // RFC 9530 2 to 4
  duplicate_label: 'two signatures have the same label', // 4
  label_mismatch: 'Signature-Input and Signature have not the same labels', // 4
  limit_exceeded: 'the signature fields are larger than is accepted', // 7.2
  // The covered components cannot be resolved.
  invalid_component: 'a component identifier is unknown or has unfit parameters', // 2.5
  duplicate_component: 'a component is covered twice', // 2
  missing_component: 'a covered component is not in the message', // 2.5
  malformed_component: 'the value of a covered component cannot be canonicalized', // 2.1
  malformed_message: 'the message is ambiguous or cannot be represented', // 7.5.2
  // The signature is well formed, and not enough.
  no_matching_signature: 'no signature has the required tag', // 3.2 step 1.1
  component_not_covered: 'a required component is not covered', // 3.2.1
  missing_parameter: 'a required signature parameter is absent', // 3.2.1
  missing_digest: 'the body is not protected by a covered Content-Digest', // 7.2.8
  unsupported_digest: 'the digest field has neither sha-256 nor sha-512', // RFC 9530 5
  nonce_refused: 'the nonce was not issued for this key by this server, or too long ago', // 3.2.1
  replay_protection_required: 'nothing here stops a replay, which only a safe method can bear', // 7.2.2
  // The signature is no longer, or not yet, acceptable.
  stale: 'the signature is older than is accepted', // 3.2.1
  expired: 'the signature is past its expires parameter', // 3.2.1
  not_yet_valid: 'the signature was created in the future', // 3.2.1
  replayed: 'this signed message was accepted before', // 7.2.2
  // The signature is wrong.
  unknown_key: 'no key is known by this keyid', // 3.2 step 5
  inactive_key: 'the key is not trusted now', // 3.2 step 5
  algorithm_mismatch: 'alg is not the algorithm of the key', // 3.2 step 6.4
  invalid_signature: 'the signature does not verify', // 3.2 step 9
  digest_mismatch: 'the content does not have the stated digest', // RFC 9530 2 and 3
  // Nobody can tell right now.
  body_too_large: 'the body is larger than is accepted',
  body_unreadable: 'the body ended before it was complete',
  key_unavailable: 'the key could not be used or looked up',
  replay_store_unavailable: 'the replay store did not answer',
  replay_store_starting: 'the replay store was just started and cannot tell yet whether this message is new',
  replay_store_full: 'the replay store has no room for another nonce',
  // A signature that the other side asks for is not made.
  malformed_accept_signature: 'Accept-Signature is no Dictionary of covered components', // 5.1
  unfulfillable_request: 'a requested signature cannot be made as it is asked for', // 5.2
  // The client refused to go on.
  redirect_refused: 'a signed request is not sent to another origin', // 7.2.1
} as const

/** What a {@link SignatureError} can carry beside its code. */
export interface SignatureErrorOptions {
  /** The error that led to this one. It may hold secrets of the caller: log it with care. */
  readonly cause?: unknown
  /** Seconds after which a message signed anew may be accepted. */
  readonly retryAfterSeconds?: number
  /** The clock of the verifier in Unix seconds, where the time was the problem. */
  readonly serverTime?: number
  /** The value of an Accept-Signature field (RFC 9421 5.1): the signature that would be accepted instead. */
  readonly acceptSignature?: string
  /** What helps the sender to find out why. It becomes a member of the problem details, so it must be JSON. */
  readonly explanation?: object
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
  /** What is told beside the rule; empty where there is nothing to add. */
  readonly detail: string
  readonly #acceptSignature: string | undefined
  readonly #explanation: object | undefined

  constructor(code: SignatureErrorCode, detail = '', options: SignatureErrorOptions = {}) {
    const text = detail === '' ? rules[code] : `${rules[code]}: ${detail}`
    super(text, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.serverTime = options.serverTime
    this.detail = detail
    this.#acceptSignature = options.acceptSignature
    this.#explanation = options.explanation
  }

  /**
   * The value of an Accept-Signature field for the response (RFC 9421 5.1), where another signature would be accepted.
   * It can hold a fresh nonce: so it is private, and whoever logs the error does not log it.
   */
  get acceptSignature(): string | undefined {
    return this.#acceptSignature
  }

  /**
   * What helps the sender to find out why, where the verifier was told to explain. It is for the sender, not for logs:
   * so it is private, like {@link acceptSignature}.
   */
  get explanation(): object | undefined {
    return this.#explanation
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

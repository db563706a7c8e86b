import {
  type FetchRequest,
  isSignatureError,
  parseSignatures,
  type RequestMessage,
  readSignatureInput,
  requestMessageOf,
} from '@countersign/core'

/** A signed request, as it is kept for its response (RFC 9421 2.4). */
export interface SentRequest {
  readonly message: RequestMessage
  /** The labels of its signatures that have a nonce: each of them tells this request from all others. */
  readonly uniqueLabels: ReadonlySet<string>
  /** The names of the keys that signed it. */
  readonly keyIds: ReadonlySet<string>
}

/**
 * Takes what a response must be bound to.
 *
 * @throws TypeError for a request without a signature that has a nonce: an old answer to the same request would fit.
 */
export function sentRequest(request: FetchRequest): SentRequest {
  const message = requestMessageOf(request)
  const uniqueLabels = new Set<string>()
  const keyIds = new Set<string>()
  for (const { label, input } of signaturesOf(message)) {
    const { nonce, keyid } = readSignatureInput(input).parameters
    if (nonce !== undefined) uniqueLabels.add(label)
    if (keyid !== undefined) keyIds.add(keyid)
  }
  if (uniqueLabels.size > 0) return { message, uniqueLabels, keyIds }
  throw new TypeError(
    'only the response to a signed request can be verified: pass the Request that was signed and sent',
  )
}

function signaturesOf(message: RequestMessage): ReturnType<typeof parseSignatures> {
  try {
    return parseSignatures(message)
  } catch (error) {
    // Whoever sends the request has signed it: what cannot be read is the caller's mistake.
    if (isSignatureError(error)) return []
    throw error
  }
}

import { createResponseVerifier, type VerifiedResponse } from '@countersign/client'
import {
  type ComponentIdentifier,
  isSignatureError,
  parseSignatures,
  readSignatureInput,
  SignatureError,
} from '@countersign/core'
import { failureOf, usageFailure } from '../../failure.ts'
import { activeKey } from '../../keys/trusted-keys.ts'
import type { GivenRequest, GivenResponse } from '../../messages/given-message.ts'
import { maxMessageBytes } from '../../messages/message-input.ts'
import type { RawMessage, RawResponse } from '../../messages/raw-message.ts'
import { targetMessage } from '../../messages/target-message.ts'
import type { VerificationOutcome, VerificationPolicy } from './report.ts'
import { responseCauses } from './response-causes.ts'
import { verifyUnbound } from './unbound-response.ts'

/**
 * Verifies a response: as the answer to its request, as the client does, where that request can be told from others.
 * Else only what the response says of itself.
 */
export async function verifyResponse(given: GivenResponse, policy: VerificationPolicy): Promise<VerificationOutcome> {
  const { response, answers } = given
  const bound = answers !== undefined && isUnique(answers)
  const kind = bound ? 'answer' : 'unbound response'
  try {
    const { keyId, components } = bound
      ? await verifyAnswer(response, answers, policy)
      : await verifyUnbound(given, policy)
    requireCovered(components, policy)
    return { kind, keyId, refusal: undefined, causes: [] }
  } catch (error) {
    if (!isSignatureError(error)) throw error
    // What the resolver of keys threw.
    const refusal = isSignatureError(error.cause) ? error.cause : error
    return { kind, keyId: undefined, refusal, causes: responseCauses(refusal, given, policy) }
  }
}

/** Whether a request has a signature with a nonce. */
function isUnique({ request, origin }: GivenRequest): boolean {
  try {
    const signatures = parseSignatures(targetMessage(request, origin))
    return signatures.some(({ input }) => readSignatureInput(input).parameters.nonce !== undefined)
  } catch (error) {
    if (isSignatureError(error)) return false
    throw error
  }
}

async function verifyAnswer(
  response: RawResponse,
  { request, origin }: GivenRequest,
  policy: VerificationPolicy,
): Promise<{ keyId: string; components: readonly ComponentIdentifier[] }> {
  const verify = verifierOf(policy)
  const sent = { method: request.method, url: targetUrl(request.target, origin), headers: headersOf(request) }
  const { keyId, signature } = await verify(sent, fetchResponse(response))
  return { keyId, components: signature.components }
}

function verifierOf(
  policy: VerificationPolicy,
): (...given: Parameters<ReturnType<typeof createResponseVerifier>>) => Promise<VerifiedResponse> {
  const { keys, maxAgeSeconds, futureSkewSeconds, tag, allowSharedKey, clock } = policy
  try {
    return createResponseVerifier({
      keys: (keyId) => activeKey(keys, keyId, clock),
      maxAgeSeconds,
      futureSkewSeconds,
      allowSharedKey,
      clock,
      maxBodyBytes: maxMessageBytes,
      ...(tag === undefined ? {} : { tag }),
    })
  } catch (error) {
    throw failureOf('this cannot be checked', error)
  }
}

/** The target of a request line may be an absolute URL already (RFC 9112 3.2.2). */
function targetUrl(target: string, origin: string): string {
  return target.startsWith('/') ? origin.replace(/\/$/, '') + target : target
}

function fetchResponse(response: RawResponse): Response {
  const { status, body } = response
  if (status < 200) throw usageFailure(`a response of the status ${status} is no answer: the final one is signed`)
  try {
    return new Response(body.length === 0 ? null : new Uint8Array(body), { status, headers: headersOf(response) })
  } catch (cause) {
    // A body where there is none: 204 and 304 (RFC 9110 6.4.1).
    throw new SignatureError('malformed_message', `a response of the status ${status} cannot have this body`, { cause })
  }
}

function headersOf({ headers }: RawMessage): Headers {
  try {
    return new Headers(headers.map(([name, value]): [string, string] => [name, value]))
  } catch (cause) {
    throw new SignatureError('malformed_message', 'a header line has characters that none can have', { cause })
  }
}

function requireCovered(components: readonly ComponentIdentifier[], { required }: VerificationPolicy): void {
  const covered = new Set(components.map(({ sortedText }) => sortedText))
  const missing = required.find(({ sortedText }) => !covered.has(sortedText))
  if (missing !== undefined) throw new SignatureError('component_not_covered', missing.sortedText)
}

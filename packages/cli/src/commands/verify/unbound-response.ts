import {
  type ComponentIdentifier,
  combinedValue,
  firstValidSignature,
  parseSignatures,
  readSignatureInput,
  SignatureError,
  type SignatureInput,
  type UnverifiedSignature,
  verifyContentDigest,
  verifySignature,
} from '@countersign/core'
import { usageFailure } from '../../failure.ts'
import { activeKey } from '../../keys/trusted-keys.ts'
import type { GivenResponse } from '../../messages/given-message.ts'
import { signedMessage } from '../../messages/target-message.ts'
import type { VerificationPolicy } from './report.ts'

/** Which key signed what of a response. */
export interface UnboundResponse {
  readonly keyId: string
  readonly components: readonly ComponentIdentifier[]
}

/**
 * Verifies what a response says of itself: status, time, key, signature and body. Whose answer it is, nobody knows.
 *
 * @throws SignatureError where one of them does not hold.
 * @throws CommandFailure where the signature covers parts of a request that was not given.
 */
export async function verifyUnbound(given: GivenResponse, policy: VerificationPolicy): Promise<UnboundResponse> {
  const candidates = parseSignatures(signedMessage(given))
  return firstValidSignature(candidates, (candidate) => verifyCandidate(candidate, given, policy))
}

async function verifyCandidate(
  candidate: UnverifiedSignature,
  given: GivenResponse,
  policy: VerificationPolicy,
): Promise<UnboundResponse> {
  const input = readSignatureInput(candidate.input)
  if (given.answers === undefined && input.components.some(({ parameters }) => parameters.has('req'))) {
    throw usageFailure('the signature covers parts of the request that was answered: pass --request FILE')
  }
  if (policy.tag !== undefined && input.parameters.tag !== policy.tag) throw new SignatureError('no_matching_signature')
  if (!input.covers('"@status"')) throw new SignatureError('component_not_covered', '"@status"')
  checkTime(input, policy)
  const { keyid } = input.parameters
  if (keyid === undefined) throw new SignatureError('missing_parameter', 'keyid')
  const key = activeKey(policy.keys, keyid, policy.clock)
  if (key === undefined) throw new SignatureError('unknown_key')
  const { keyId, components } = await verifySignature(signedMessage(given), candidate, key)
  await checkBody(input, given)
  return { keyId, components }
}

/** RFC 9421 2.3. */
function checkTime({ parameters }: SignatureInput, policy: VerificationPolicy): void {
  const now = Math.floor(policy.clock() / 1000)
  const { created, expires } = parameters
  if (created === undefined) throw new SignatureError('missing_parameter', 'created')
  if (created > now + policy.futureSkewSeconds) throw new SignatureError('not_yet_valid')
  if (created < now - policy.maxAgeSeconds) throw new SignatureError('stale')
  if (expires !== undefined && expires < now) throw new SignatureError('expired')
}

async function checkBody(input: SignatureInput, given: GivenResponse): Promise<void> {
  const { body, status } = given.response
  const isCovered = input.covers('"content-digest"')
  if (body.length > 0 && !isCovered) throw new SignatureError('missing_digest')
  // Its fields tell what the content would be (RFC 9110 9.3.2 and 15.4.5).
  const describesOther = status === 304 || given.answers?.request.method === 'HEAD'
  if (!isCovered || (describesOther && body.length === 0)) return
  const { headers } = signedMessage(given)
  await verifyContentDigest(combinedValue(headers, 'content-digest') ?? '', new Uint8Array(body))
}

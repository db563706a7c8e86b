import { isSignatureError, type SignatureError } from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier, type VerifierOptions } from '@countersign/verifier'
import { type Cause, createMessageDoctor } from '@countersign/verifier/doctor'
import { failureOf } from '../../failure.ts'
import type { GivenRequest } from '../../messages/given-message.ts'
import { maxMessageBytes } from '../../messages/message-input.ts'
import { receivedRequest } from '../../messages/target-message.ts'
import type { VerificationOutcome, VerificationPolicy } from './report.ts'

/** Verifies a request as a server does, and asks the doctor where it is refused. */
export async function verifyRequest(
  { request, origin }: GivenRequest,
  { keys, maxAgeSeconds, futureSkewSeconds, required, tag, clock }: VerificationPolicy,
): Promise<VerificationOutcome> {
  const shared = { keys, maxAgeSeconds, futureSkewSeconds, clock, origin, maxBodyBytes: maxMessageBytes }
  const received = receivedRequest(request)
  const verifier = verifierOf({
    ...shared,
    requiredComponents: required,
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    ...(tag === undefined ? {} : { tag }),
  })
  try {
    const { keyId } = await verifier(received)
    return { kind: 'request', keyId, refusal: undefined, causes: [] }
  } catch (error) {
    if (!isSignatureError(error)) throw error
    const { causes } = await createMessageDoctor(shared)(received)
    return { kind: 'request', keyId: undefined, refusal: error, causes: useful(causes, error) }
  }
}

function verifierOf(options: VerifierOptions): ReturnType<typeof createMessageVerifier> {
  try {
    return createMessageVerifier(options)
  } catch (error) {
    throw failureOf('this cannot be checked', error)
  }
}

/** Without a signature there is nothing that the doctor could add. */
function useful(causes: readonly Cause[], { code }: SignatureError): readonly Cause[] {
  return code === 'missing_signature' ? [] : causes
}

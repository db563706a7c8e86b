import {
  createSignatureInput,
  type FulfilledRequest,
  fulfillSignatureRequest,
  isSignatureError,
  parseAcceptSignature,
  SignatureError,
  type SignatureRequest,
  signatureBase,
} from '@countersign/core'
import type { SignaturePlan } from '../sign-request.ts'
import type { Recovery, Refusal } from './recovery.ts'

/**
 * Lets a server ask for another signature (RFC 9421 section 5): with its own nonce, more components, a tag. A request
 * that is answered with 401 and Accept-Signature is signed once more as it was asked, and sent to the same URL.
 *
 *     createSignedFetch({ key, challenges: answerChallenges() })
 *
 * Nothing is signed that says less than the profile of the client: not fewer components, with no other key, algorithm or
 * tag than its own. Then the call ends with `unfulfillable_request`.
 *
 * @returns the `challenges` option of `createSignedFetch`.
 */
export function answerChallenges(): Recovery {
  return async (refusal) => {
    const field = refusal.response.headers.get('accept-signature')
    if (field === null) return undefined
    let cause: unknown
    for (const request of parseAcceptSignature(field)) {
      try {
        const fulfilled = weigh(request, refusal)
        // What was asked for is what was sent: the 401 has another reason.
        if (request.parameters.nonce === undefined && isSame(fulfilled, refusal.signed.plan)) return undefined
        return (plan) => fulfill(request, refusal, plan)
      } catch (error) {
        if (!isSignatureError(error)) throw error
        cause = error
      }
    }
    if (cause === undefined) return undefined
    throw new SignatureError('unfulfillable_request', (cause as Error).message, { cause })
  }
}

/** @throws SignatureError unless the request can be signed as it is asked for. */
function weigh(request: SignatureRequest, refusal: Refusal): FulfilledRequest {
  const fulfilled = fulfill(request, refusal, refusal.signed.plan)
  // The request may lack a component that is asked for.
  signatureBase(refusal.signed.message, createSignatureInput(fulfilled.components, fulfilled.parameters))
  return fulfilled
}

function fulfill(request: SignatureRequest, { key }: Refusal, plan: SignaturePlan): FulfilledRequest {
  return fulfillSignatureRequest(request, key, { target: 'request', ...plan })
}

function isSame(asked: FulfilledRequest, sent: SignaturePlan): boolean {
  const { text } = createSignatureInput(sent.components, sent.parameters)
  return asked.label === sent.label && text === createSignatureInput(asked.components, asked.parameters).text
}

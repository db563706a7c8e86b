import {
  fulfillSignatureRequest,
  parseAcceptSignature,
  SignatureError,
  type SignatureParameters,
  type SignatureRequest,
  sign,
} from '@countersign/core'
import type { KeyRing } from '../key-ring.ts'
import { messageOf } from '../message.ts'
import { requireMember, type Vector } from '../vector.ts'

/** Seconds from `created` to `expires`, where a signature is asked to have both. */
const lifetimeSeconds = 60

/** RFC 9421 5.2: the signature with the given label, exactly as it is asked for. */
export async function runAcceptSignature(vector: Vector, keys: KeyRing): Promise<string | undefined> {
  const label = requireMember(vector, 'label')
  const requests = parseAcceptSignature(requireMember(vector, 'acceptSignature'))
  const request = requests.find((entry) => entry.label === label)
  if (request === undefined)
    throw new SignatureError('unfulfillable_request', 'no signature of this label is asked for')
  const message = messageOf(requireMember(vector, 'message'))
  const key = await keys.signingKey(requireMember(vector, 'key'))
  const parameters = requestedTimes(request, requireMember(vector, 'now'))
  const signed = await sign(
    message,
    key,
    fulfillSignatureRequest(request, key, { target: message.kind, components: [], parameters }),
  )
  if (vector.signatureInput === undefined) return undefined
  if (signed.signatureInput !== `${label}=${vector.signatureInput}`) {
    return `the signature input is ${signed.signatureInput}`
  }
  return signed.base === vector.signatureBase ? undefined : `the base is\n${signed.base}`
}

/** A vector has no parameters beside the requested ones, so that there is one right answer. */
function requestedTimes({ parameters }: SignatureRequest, now: number): SignatureParameters {
  return {
    ...(parameters.created && { created: now }),
    ...(parameters.expires && { expires: now + lifetimeSeconds }),
  }
}

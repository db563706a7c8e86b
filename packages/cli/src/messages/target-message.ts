import {
  createRequestMessage,
  createResponseMessage,
  type Message,
  parseOrigin,
  parseSignatures,
  type RequestMessage,
  readSignatureInput,
  resolveRequestTarget,
  type SignatureInput,
  signatureBase,
  type UnverifiedSignature,
} from '@countersign/core'
import type { ReceivedRequest } from '@countersign/verifier'
import type { GivenMessage } from './given-message.ts'
import type { RawRequest } from './raw-message.ts'

/**
 * A request as signatures see it (RFC 9421 2).
 *
 * @throws SignatureError when the target does not fit the origin.
 */
export function targetMessage(request: RawRequest, origin: string): RequestMessage {
  const { method, target, headers } = request
  return createRequestMessage({
    method,
    url: resolveRequestTarget(parseOrigin(origin), target),
    requestTarget: target,
    headers,
  })
}

/**
 * A message as signatures see it, with the request that it answers where it is a response (RFC 9421 2.4).
 *
 * @throws SignatureError when the target of a request does not fit its origin.
 */
export function signedMessage(given: GivenMessage): Message {
  if (given.kind === 'request') return targetMessage(given.request, given.origin)
  const { status, headers } = given.response
  const request = given.answers && targetMessage(given.answers.request, given.answers.origin)
  return createResponseMessage({ status, headers, ...(request === undefined ? {} : { request }) })
}

/** The header fields, with the length of the body that is there: chunks are put together in a file. */
function framedHeaders({ headers, body }: RawRequest): RawRequest['headers'] {
  const others = headers.filter(([name]) => !/^(?:content-length|transfer-encoding)$/i.test(name))
  return body.length === 0 ? others : [...others, ['Content-Length', String(body.length)]]
}

/** A request as an adapter would hand it to a verifier. */
export function receivedRequest(request: RawRequest): ReceivedRequest<undefined> {
  const { method, target, body } = request
  return { method, target, headers: framedHeaders(request), body: body.length === 0 ? null : body, source: undefined }
}

/** A signature of a message, and the base that this side rebuilds for it (RFC 9421 2.5). */
export interface RebuiltSignature {
  readonly signature: UnverifiedSignature
  readonly input: SignatureInput
  readonly base: string
}

/**
 * The first signature of a message, or that of a label.
 *
 * @returns undefined when there is none.
 * @throws SignatureError when it is malformed, or covers what the message does not have.
 */
export function firstSignature(message: Message, sought?: string): RebuiltSignature | undefined {
  const signature = parseSignatures(message).find(({ label }) => sought === undefined || label === sought)
  if (signature === undefined) return undefined
  const input = readSignatureInput(signature.input)
  return { signature, input, base: signatureBase(message, input) }
}

import { combinedValue, parseDigests, SignatureError, type SignatureInput } from '@countersign/core'
import { checkBodyCoverage } from '../policy/coverage.ts'
import type { VerifierOptions } from '../policy/options.ts'
import { type BodySource, tooLarge } from '../request/body.ts'
import { contentLength, declaresBody, type ReceivedRequest } from '../request/received-request.ts'
import type { VerifiedHead } from '../request/verified-request.ts'
import { checkBody, claim, explained, type Verification, verifierOf, verifyHead } from '../verifier.ts'
import { emptyBody, type StreamedBody, streamedBody } from './streamed-body.ts'

/**
 * A request that was let in before its body was read. Method, target and covered fields are what was signed. Of the
 * body that is only known once it has been read to its end.
 */
export interface StreamedRequest extends VerifiedHead {
  /** The body, which is verified while it is read. */
  readonly body: StreamedBody
}

/** Lets the head of a request in exactly once, or throws a `SignatureError`. */
export type StreamingMessageVerifier<Source = unknown> = (request: ReceivedRequest<Source>) => Promise<StreamedRequest>

/**
 * Makes a verifier that knows no framework, for bodies that are too large to hold. Use the `createStreamingVerifier` of
 * an adapter where there is one.
 *
 * The nonce is claimed before the body is read: a handler that reads while it verifies runs before the end is known, and
 * a second copy must not run beside the first. An altered body therefore uses the nonce up, and the sender has to sign
 * anew.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createStreamingMessageVerifier<Source>(
  options: VerifierOptions<Source>,
): StreamingMessageVerifier<Source> {
  const verify = verifierOf(options, letInStreaming)
  return async (request) => verify(request)
}

async function letInStreaming(bodySource: BodySource, verification: Verification): Promise<StreamedRequest> {
  const { message, policy } = verification
  // 1. to 4.
  const verified = await verifyHead(verification)
  const limitBytes = policy.maxBodyBytes
  if ((contentLength(message) ?? 0) > limitBytes) throw tooLarge(limitBytes)
  // What can be refused for certain is refused before the claim.
  const source = await beginning(bodySource, declaresBody(message))
  try {
    const contentDigest = await coveredDigest(source, verified.signature, verification)
    // 6. before 5.
    const head = await claim(verified, verification)
    const body =
      source === null
        ? emptyBody()
        : streamedBody({ source, contentDigest, limitBytes, onFailure: (error) => tellLate(error, verification) })
    return Object.freeze({ ...head, body })
  } catch (error) {
    // Not waited for: a source that is silent would hold the refusal back.
    void source?.[Symbol.asyncIterator]()
      .return?.()
      .catch(() => {})
    throw error
  }
}

/** The digest that the body is going to be compared with; an empty body is compared at once. */
async function coveredDigest(
  source: AsyncIterable<Uint8Array> | null,
  input: SignatureInput,
  verification: Verification,
): Promise<string> {
  const { message } = verification
  if (source === null) {
    await checkBody(new Uint8Array(0), input, message)
    return ''
  }
  checkBodyCoverage(input, message)
  const contentDigest = combinedValue(message.headers, 'content-digest') ?? ''
  parseDigests(contentDigest)
  return contentDigest
}

/** A refusal after the request was let in. */
async function tellLate(error: SignatureError, verification: Verification): Promise<SignatureError> {
  const refusal = await explained(error, verification)
  verification.observation.refused(refusal)
  return refusal
}

/**
 * The body, or null when there is none. HTTP/2 and the Fetch API frame one without a field that says so: there its
 * first bytes are waited for.
 */
async function beginning(source: BodySource, isDeclared: boolean): Promise<AsyncIterable<Uint8Array> | null> {
  if (source === null) return null
  const iterator = source instanceof Uint8Array ? pieceOf(source) : source[Symbol.asyncIterator]()
  if (isDeclared) return continued(iterator, undefined)
  try {
    for (;;) {
      const { done, value } = await iterator.next()
      if (done) return null
      if (value.length > 0) return continued(iterator, value)
    }
  } catch (cause) {
    throw new SignatureError('body_unreadable', '', { cause })
  }
}

async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** An iterator that was begun, with what it gave already. It can be taken once. */
function continued(iterator: AsyncIterator<Uint8Array>, first: Uint8Array | undefined): AsyncIterable<Uint8Array> {
  let pending = first
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (pending === undefined) return iterator.next()
    const value = pending
    pending = undefined
    return { done: false, value }
  }
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    await iterator.return?.()
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
}

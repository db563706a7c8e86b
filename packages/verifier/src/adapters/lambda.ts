import { isSignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy/options.ts'
import { problemOf } from '../problem.ts'
import type { ReceivedRequest } from '../request/received-request.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { createMessageVerifier } from '../verifier.ts'
import { type LambdaEvent, receivedEvent } from './transport/lambda-event.ts'

export type { VerifierOptions } from '../policy/options.ts'
export type { VerifiedRequest } from '../request/verified-request.ts'
export type { LambdaEvent, LambdaEventV1, LambdaEventV2 } from './transport/lambda-event.ts'

/** What the verifier of Lambda is told beside what all are told. */
export interface LambdaVerifierOptions<Event extends LambdaEvent = LambdaEvent> extends VerifierOptions<Event> {
  /**
   * The request target that the client asked for, where the event does not hold it: behind an API mapping of a custom
   * domain, which payload format 2.0 leaves out, or a proxy of your own that rewrites paths.
   *
   * @default `rawPath` and `rawQueryString`; in format 1.0 what can be told for certain
   */
  readonly requestTarget?: (event: Event) => string
}

/** Lets the request of an event in exactly once, or throws a `SignatureError`. */
export type Verifier<Event extends LambdaEvent = LambdaEvent> = (event: Event) => Promise<VerifiedRequest>

/** What a refusal is answered with. */
export interface LambdaRefusal {
  readonly statusCode: number
  readonly headers: { [name: string]: string }
  readonly body: string
  readonly isBase64Encoded: false
}

/**
 * Makes a verifier for AWS Lambda behind API Gateway (payload formats 2.0 and 1.0) or a function URL.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     export const handler = protect(verify, async (event, context, { keyId, json }) => { ... })
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier<Event extends LambdaEvent = LambdaEvent>(
  options: LambdaVerifierOptions<Event>,
): Verifier<Event> {
  const { requestTarget, ...others } = options ?? {}
  if (requestTarget !== undefined && typeof requestTarget !== 'function') {
    throw new TypeError('requestTarget must be a function that makes the request target of an event')
  }
  const verify = createMessageVerifier<Event>(others as VerifierOptions<Event>)
  return async (event) => {
    const received: ReceivedRequest<Event> = receivedEvent(event, requestTarget)
    return verify(received)
  }
}

/**
 * Puts a verifier before a handler. A refusal is answered as problem details (RFC 9457); what else is thrown is left
 * to Lambda. The handler gets the event as it came, and what was verified: `event.body` may be Base64, `verified.body`
 * is the bytes.
 */
export function protect<Event extends LambdaEvent, Context, Result>(
  verify: Verifier<Event>,
  handler: (event: Event, context: Context, verified: VerifiedRequest) => Result | Promise<Result>,
): (event: Event, context: Context) => Promise<Result | LambdaRefusal> {
  return async (event, context) => {
    let verified: VerifiedRequest
    try {
      verified = await verify(event)
    } catch (error) {
      if (!isSignatureError(error)) throw error
      const { status, headers, body } = problemOf(error)
      return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false }
    }
    return handler(event, context, verified)
  }
}

import { isSignatureError } from '@countersign/core'
import type { VerifierOptions } from '../../policy/options.ts'
import { problemOf } from '../../problem.ts'
import { createStreamingMessageVerifier, type StreamedRequest } from '../../streaming/streaming-verifier.ts'
import { fetchRequest } from '../transport/fetch-request.ts'

/** Lets the head of a Fetch API `Request` in exactly once, or throws a `SignatureError`. */
export type StreamingVerifier = (request: Request) => Promise<StreamedRequest>

/**
 * Makes a verifier for bodies that are too large to hold. Its options are those of `createVerifier`.
 *
 *     const verify = createStreamingVerifier({ keys, replayStore, origin, maxBodyBytes: 2 ** 30 })
 *     export default { fetch: protectStream(verify, async (request) => { ... request.body ... }) }
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createStreamingVerifier(options: VerifierOptions<Request>): StreamingVerifier {
  const verify = createStreamingMessageVerifier(options)
  return async (request) => {
    if (request.bodyUsed) {
      throw new TypeError('the body was read before verification: verify the request before anything reads it')
    }
    return verify(fetchRequest(request, request))
  }
}

/**
 * Puts a streaming verifier before a handler. The handler gets a Request whose body is verified while it is read:
 * `await request.json()` and the like are rejected unless it is what was signed.
 *
 * A body that is not what was signed is answered as problem details (RFC 9457), whatever the handler answered.
 */
export function protectStream(
  verify: StreamingVerifier,
  handler: (request: Request, streamed: Omit<StreamedRequest, 'body'>) => Response | Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    let streamed: StreamedRequest
    try {
      streamed = await verify(request)
    } catch (error) {
      if (isSignatureError(error)) return problemResponse(error)
      throw error
    }
    const { body, ...head } = streamed
    let response: Response | undefined
    let mistake: unknown
    try {
      response = await handler(
        withBody(request, () => body.toStream()),
        head,
      )
    } catch (error) {
      mistake = error
    }
    const outcome = body.finish()
    if (isSignatureError(outcome)) {
      void response?.body?.cancel().catch(() => {})
      return problemResponse(outcome)
    }
    if (response === undefined) throw mistake
    return response
  }
}

/** Another Request, which reads through the verification. */
function withBody(request: Request, body: () => ReadableStream<Uint8Array>): Request {
  if (request.body === null) return request
  // `duplex` is missing from the types of the DOM, and required by engines that take a stream.
  return new Request(request, { body: body(), duplex: 'half' } as RequestInit)
}

function problemResponse(error: Parameters<typeof problemOf>[0]): Response {
  const { status, headers, body } = problemOf(error)
  return new Response(body, { status, headers })
}

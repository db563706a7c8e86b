import { isSignatureError, refuseUnknownOptions, type SignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy/options.ts'
import { problemOf } from '../problem.ts'
import { isPreflight } from '../request/preflight.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { createMessageVerifier } from '../verifier.ts'
import { fetchRequest } from './transport/fetch-request.ts'

export { createStreamingVerifier, protectStream, type StreamingVerifier } from './streaming/fetch-stream.ts'

/** Lets a Fetch API `Request` in exactly once, or throws a `SignatureError`. It reads the body. */
export type Verifier = (request: Request) => Promise<VerifiedRequest>

/**
 * Makes a verifier for servers that speak the Fetch API: Hono, Deno, Bun, Workers, Next.js route handlers.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     const { keyId, body } = await verify(request)
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier(options: VerifierOptions<Request>): Verifier {
  const verify = createMessageVerifier(options)
  return async (request) => {
    if (request.bodyUsed) {
      throw new TypeError('the body was read before verification: verify the request before anything reads it')
    }
    return verify(fetchRequest(request, request))
  }
}

/** What {@link protect} can be told. */
export interface ProtectOptions {
  /**
   * Answers CORS preflights, which a browser cannot sign. They never reach the handler.
   *
   * @default none: a preflight is refused like everything else that is not signed
   */
  readonly onPreflight?: (request: Request) => Response | Promise<Response>
}

/**
 * Puts a verifier before a handler. A refusal is answered as problem details (RFC 9457). The handler
 * gets a Request whose body is what was signed.
 *
 * @throws TypeError for an option that there is not.
 */
export function protect(
  verify: Verifier,
  handler: (request: Request, verified: VerifiedRequest) => Response | Promise<Response>,
  options: ProtectOptions = {},
): (request: Request) => Promise<Response> {
  refuseUnknownOptions('protect', options, ['onPreflight'])
  const { onPreflight } = options
  return async (request) => {
    const { method, headers } = request
    if (onPreflight !== undefined && isPreflight(method, (name) => headers.get(name))) return onPreflight(request)
    let verified: VerifiedRequest
    try {
      verified = await verify(request)
    } catch (error) {
      if (isSignatureError(error)) return problemResponse(error)
      throw error
    }
    // The body was read; the handler gets another Request to read the same bytes from. Firefox has no `Request.body`,
    // and GET and HEAD never have one (Fetch standard, "new Request").
    const bodyless = request.body === null || request.method === 'GET' || request.method === 'HEAD'
    return handler(bodyless ? request : new Request(request, { body: verified.body }), verified)
  }
}

/** A refusal as a Fetch API `Response`. */
export function problemResponse(error: SignatureError): Response {
  const { status, headers, body } = problemOf(error)
  return new Response(body, { status, headers })
}

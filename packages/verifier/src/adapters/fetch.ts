import { isSignatureError, type SignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy.ts'
import { problemOf } from '../problem.ts'
import type { ReceivedRequest } from '../request/received-request.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { createMessageVerifier } from '../verifier.ts'

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
    return verify(receivedRequest(request))
  }
}

/**
 * Puts a verifier before a handler. A refusal is answered as problem details (RFC 9457). The handler
 * gets a Request whose body is what was signed.
 */
export function protect(
  verify: Verifier,
  handler: (request: Request, verified: VerifiedRequest) => Response | Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    let verified: VerifiedRequest
    try {
      verified = await verify(request)
    } catch (error) {
      if (isSignatureError(error)) return problemResponse(error)
      throw error
    }
    // The body was read; the handler gets another Request to read the same bytes from.
    return handler(request.body === null ? request : new Request(request, { body: verified.body }), verified)
  }
}

/** A refusal as a Fetch API `Response`. */
export function problemResponse(error: SignatureError): Response {
  const { status, headers, body } = problemOf(error)
  return new Response(body, { status, headers })
}

function receivedRequest(request: Request): ReceivedRequest<Request> {
  // Of the URL only what stands behind the authority is taken; the origin is the server's to say. A fragment
  // that came over the wire is refused like everything else that cannot be in a request target.
  const target = request.url.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  return {
    method: request.method,
    target: target.startsWith('/') ? target : `/${target}`,
    headers: request.headers,
    body: request.body === null ? null : chunksOf(request.body),
    source: request,
  }
}

/** Not every engine can iterate a ReadableStream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    await reader.cancel()
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy/options.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { type MiddlewareOptions, middlewareOptions } from './transport/middleware-options.ts'
import { sendProblem } from './transport/node-refusal.ts'
import { createNodeVerifier } from './transport/node-request.ts'
import { recall } from './transport/verified-of.ts'

export type { VerifierOptions } from '../policy/options.ts'
export type { VerifiedRequest } from '../request/verified-request.ts'
export type { MiddlewareOptions } from './transport/middleware-options.ts'

/**
 * Lets a request of Express in exactly once, or throws a `SignatureError`. It reads the body, and puts it back for
 * the body parsers that come later.
 */
export type Verifier<Request extends IncomingMessage = IncomingMessage> = (request: Request) => Promise<VerifiedRequest>

/** What `app.use` takes, in Express 4 and 5 and in connect. */
export type Middleware<Request extends IncomingMessage = IncomingMessage> = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Makes a verifier for Express 4 and 5.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     app.use(protect(verify), express.json())
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier<Request extends IncomingMessage = IncomingMessage>(
  options: VerifierOptions<Request>,
): Verifier<Request> {
  return createNodeVerifier<Request>(options, {
    requestOf: (request) => request,
    advice: 'put app.use(protect(verify)) before express.json() and every other body parser',
  })
}

/**
 * Makes a middleware of a verifier, for an app, a router or a route. A refusal is answered as problem details
 * (RFC 9457). All else, mistakes and the errors of handlers, goes to the error handlers of Express.
 */
export function protect<Request extends IncomingMessage = IncomingMessage>(
  verify: Verifier<Request>,
  options: MiddlewareOptions = {},
): Middleware<Request> {
  const passes = middlewareOptions(options)
  return async (request, response, next) => {
    if (!passes(request.method ?? '', (name) => request.headers[name])) {
      try {
        await verify(request)
      } catch (error) {
        if (isSignatureError(error)) sendProblem(response, error)
        else next(error)
        return
      }
    }
    next()
  }
}

/**
 * What was verified of a request: who signed it, and the bytes of its body.
 *
 * @throws TypeError for a request that was not verified.
 */
export function verifiedOf(request: IncomingMessage): VerifiedRequest {
  return recall(request)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPending, isSignatureError, refuseUnknownOptions } from '@countersign/core'
import type { VerifierOptions } from '../policy/options.ts'
import { isPreflight } from '../request/preflight.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import type { NodeRequest } from './transport/node-body.ts'
import { type NodeResponse, sendProblem } from './transport/node-refusal.ts'
import { createNodeVerifier } from './transport/node-request.ts'

export type { VerifierOptions } from '../policy/options.ts'
export type { VerifiedHead, VerifiedRequest } from '../request/verified-request.ts'
export type { BodyOutcome, StreamedBody } from '../streaming/streamed-body.ts'
export type { StreamedRequest } from '../streaming/streaming-verifier.ts'
export {
  createStreamingVerifier,
  type ProtectStreamOptions,
  protectStream,
  type RequestHead,
  type StreamingHandler,
  type StreamingVerifier,
} from './streaming/node-stream.ts'
export type { NodeRequest } from './transport/node-body.ts'
export { type NodeResponse, sendProblem } from './transport/node-refusal.ts'
export { protectUpgrade, type UpgradeHandler, type UpgradeOptions } from './transport/node-upgrade.ts'

/**
 * Lets a request of `node:http` or `node:http2` in exactly once, or throws a `SignatureError`. It reads the body,
 * and puts it back for the next reader.
 */
export type Verifier<Request extends NodeRequest = IncomingMessage> = (request: Request) => Promise<VerifiedRequest>

/**
 * Makes a verifier for `node:http`, and for the compatibility API of `node:http2`.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     createServer(protect(verify, (request, response, { keyId, body }) => { ... }))
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier<Request extends NodeRequest = IncomingMessage>(
  options: VerifierOptions<Request>,
): Verifier<Request> {
  return createNodeVerifier<Request>(options, {
    requestOf: (request) => request,
    advice: 'put verification before any body parser',
  })
}

/** What a handler behind {@link protect} is called with. */
export type ProtectedHandler<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
> = (request: Request, response: Response, verified: VerifiedRequest) => unknown

/** What {@link protect} can be told. */
export interface ProtectOptions<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
> {
  /**
   * Told of what the handler throws, and of mistakes that verification runs into. The client gets a bare 500.
   *
   * @default console.error
   */
  readonly onError?: (error: unknown, request: Request) => void
  /**
   * Answers CORS preflights, which a browser cannot sign. They never reach the handler.
   *
   * @default none: a preflight is refused like everything else that is not signed
   */
  readonly onPreflight?: (request: Request, response: Response) => unknown
}

/**
 * Puts a verifier before a handler of `node:http` or `node:http2`. A refusal is answered as problem details (RFC 9457).
 *
 * `node:http` does not look at the promise of a listener, so an error that got out would end the process:
 * whoever holds a key could do that with a body that is no JSON.
 *
 * @throws TypeError for an option that there is not.
 */
export function protect<Request extends NodeRequest = IncomingMessage, Response extends NodeResponse = ServerResponse>(
  verify: Verifier<Request>,
  handler: ProtectedHandler<Request, Response>,
  options: ProtectOptions<Request, Response> = {},
): (request: Request, response: Response) => Promise<void> {
  refuseUnknownOptions('protect', options, ['onError', 'onPreflight'])
  const { onError = logError, onPreflight } = options
  return async (request, response) => {
    try {
      if (onPreflight !== undefined && isPreflight(request.method ?? '', (name) => request.headers[name])) {
        await onPreflight(request, response)
        return
      }
      let verified: VerifiedRequest
      try {
        verified = await verify(request)
      } catch (error) {
        // Only the verifier refuses: a SignatureError that a handler throws is about a request of its own.
        if (!isSignatureError(error)) throw error
        sendProblem(response, error)
        return
      }
      const answered = handler(request, response, verified)
      if (isPending(answered)) await answered
    } catch (error) {
      onError(error, request)
      fail(response as ServerResponse)
    }
  }
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(500, { 'content-length': 0 }).end()
}

function logError(error: unknown): void {
  console.error(error)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { Readable } from 'node:stream'
import { isSignatureError } from '@countersign/core'
import type { VerifierOptions } from '../../policy/options.ts'
import { hasLongBody, isHttp2 } from '../../request/node-head.ts'
import type { BodyOutcome } from '../../streaming/streamed-body.ts'
import { createStreamingMessageVerifier, type StreamedRequest } from '../../streaming/streaming-verifier.ts'
import { type NodeRequest, nodeChunks } from '../transport/node-body.ts'
import { type NodeResponse, sendProblem } from '../transport/node-refusal.ts'
import { receivedRequest, requireUnread } from '../transport/node-request.ts'

/** Lets the head of a request of `node:http` or `node:http2` in exactly once, or throws a `SignatureError`. */
export type StreamingVerifier<Request extends NodeRequest = IncomingMessage> = (
  request: Request,
) => Promise<StreamedRequest>

/** A request without what reads its body: that would go past the verification. */
export type RequestHead<Request extends NodeRequest = IncomingMessage> = Omit<Request, keyof Readable>

/** What a handler behind {@link protectStream} is called with. */
export type StreamingHandler<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
> = (request: RequestHead<Request>, response: Response, streamed: StreamedRequest) => unknown

/** What {@link protectStream} can be told. */
export interface ProtectStreamOptions<Request extends NodeRequest = IncomingMessage> {
  /**
   * Told of what the handler throws, and of mistakes that verification runs into. The client gets a bare 500. A body
   * that is not what was signed is no mistake: the client gets the refusal.
   *
   * @default console.error
   */
  readonly onError?: (error: unknown, request: Request) => void
}

/**
 * Makes a verifier for bodies that are too large to hold. Its options are those of `createVerifier`.
 *
 *     const verify = createStreamingVerifier({ keys, replayStore, origin, maxBodyBytes: 2 ** 30 })
 *     createServer(protectStream(verify, async (request, response, { body }) => {
 *       await pipeline(body, createWriteStream(temporary)) // throws unless it is what was signed
 *       await rename(temporary, final)
 *       response.end()
 *     }))
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createStreamingVerifier<Request extends NodeRequest = IncomingMessage>(
  options: VerifierOptions<Request>,
): StreamingVerifier<Request> {
  const verify = createStreamingMessageVerifier<Request>(options)
  return async (request) => {
    requireUnread(request, 'put verification before any body parser')
    const streamed = await verify(receivedRequest(request, request, { body: nodeChunks(request) }))
    hold(request)
    return streamed
  }
}

/**
 * Puts a streaming verifier before a handler of `node:http` or `node:http2`. A refusal is answered as problem details
 * (RFC 9457), also one that only the end of the body brings, unless the handler has begun its answer: then the
 * connection breaks.
 *
 * The rest of a body that the handler did not read is dropped; after a long one the connection closes.
 */
export function protectStream<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  verify: StreamingVerifier<Request>,
  handler: StreamingHandler<Request, Response>,
  options: ProtectStreamOptions<Request> = {},
): (request: Request, response: Response) => Promise<void> {
  const { onError = logError } = options
  return async (request, response) => {
    let streamed: StreamedRequest
    try {
      streamed = await verify(request)
    } catch (error) {
      if (isSignatureError(error)) return sendProblem(response, error)
      onError(error, request)
      return fail(response as ServerResponse)
    }
    let mistake: { readonly error: unknown } | undefined
    try {
      await handler(request, response, streamed)
    } catch (error) {
      mistake = { error }
    }
    const outcome = streamed.body.finish()
    silence(request)
    // What was thrown because of the body is no mistake, and neither is what a stream in between made of it.
    if (mistake !== undefined && !isSignatureError(outcome)) onError(mistake.error, request)
    if (mistake !== undefined || isSignatureError(outcome)) answerFailure(response, outcome)
    letGo(request, response as ServerResponse)
  }
}

function answerFailure(response: NodeResponse, outcome: BodyOutcome): void {
  // `finish` tells of a body that was refused while it was read, whatever the handler made of that.
  if (isSignatureError(outcome) && !response.headersSent) sendProblem(response, outcome)
  else if (!response.writableEnded) fail(response as ServerResponse)
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(500, { 'content-length': 0 }).end()
}

function logError(error: unknown): void {
  console.error(error)
}

function ignore(): void {}

/** While somebody listens for `readable`, neither `data` nor `pipe` starts the stream: they would read past us. */
function hold(request: NodeRequest): void {
  request.on('readable', ignore)
}

/** What is dropped below was never verified: whoever listens all the same must not take its end for that of a body. */
function silence(request: NodeRequest): void {
  for (const event of ['readable', 'data', 'end']) request.removeAllListeners(event)
}

/** Drops what nobody has read, so that the connection can serve the next request or close. */
function letGo(request: NodeRequest, response: ServerResponse): void {
  if (request.readableEnded || request.destroyed) return
  request.resume()
  if (request.complete || !(isHttp2(request) || hasLongBody(request))) return
  const close = (): void => {
    if (isHttp2(request)) (request as Http2ServerRequest).stream.close()
    else request.socket.destroySoon()
  }
  if (response.writableFinished) close()
  else response.once('finish', close)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FieldLine, isSignatureError, type SignatureError } from '@countersign/core'
import type { VerifierOptions } from '../policy.ts'
import { problemOf } from '../problem.ts'
import type { VerifiedRequest } from '../request/verified-request.ts'
import { createMessageVerifier } from '../verifier.ts'

export type { VerifierOptions } from '../policy.ts'
export type { VerifiedRequest } from '../request/verified-request.ts'

/** Lets a request of `node:http` in exactly once, or throws a `SignatureError`. It reads the body. */
export type Verifier = (request: IncomingMessage) => Promise<VerifiedRequest>

/**
 * Makes a verifier for `node:http`.
 *
 *     const verify = createVerifier({ keys, replayStore, origin: 'https://bank.example' })
 *     createServer(protect(verify, (request, response, { keyId, body }) => { ... }))
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createVerifier(options: VerifierOptions<IncomingMessage>): Verifier {
  const verify = createMessageVerifier(options)
  return async (request) => {
    if (request.readableDidRead) {
      throw new TypeError('the body was read before verification: put verification before any body parser')
    }
    return verify({
      method: request.method ?? '',
      // connect and Express cut a mount path off `url`, and keep what was requested here.
      target: (request as { originalUrl?: string }).originalUrl ?? request.url ?? '',
      headers: fieldLines(request.rawHeaders),
      body: chunksOf(request),
      source: request,
    })
  }
}

/** What a handler behind {@link protect} is called with. */
export type ProtectedHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  verified: VerifiedRequest,
) => unknown

/** What {@link protect} can be told. */
export interface ProtectOptions {
  /**
   * Told of what the handler throws, and of mistakes that verification runs into. The client gets a bare 500.
   *
   * @default console.error
   */
  readonly onError?: (error: unknown, request: IncomingMessage) => void
}

/**
 * Puts a verifier before a handler of `node:http`. A refusal is answered as problem details (RFC 9457).
 *
 * `node:http` does not look at the promise of a listener, so an error that got out would end the process:
 * whoever holds a key could do that with a body that is no JSON.
 */
export function protect(
  verify: Verifier,
  handler: ProtectedHandler,
  options: ProtectOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { onError = logError } = options
  return async (request, response) => {
    try {
      const verified = await verify(request).catch((error: unknown) => refuse(response, error))
      if (verified !== undefined) await handler(request, response, verified)
    } catch (error) {
      onError(error, request)
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-length': 0 }).end()
    }
  }
}

/** Only the verifier refuses: a SignatureError that a handler throws is about a request of its own. */
function refuse(response: ServerResponse, error: unknown): undefined {
  if (!isSignatureError(error)) throw error
  sendProblem(response, error)
}

function logError(error: unknown): void {
  console.error(error)
}

/** Answers a refusal. A short body is read to its end and dropped; after a long one the connection closes. */
export function sendProblem(response: ServerResponse, error: SignatureError): void {
  if (response.destroyed) return
  const { status, headers, body } = problemOf(error)
  const close = hasLongBody(response.req) ? { connection: 'close' } : {}
  response.req.resume()
  response.writeHead(status, { ...headers, ...close, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** The longest body of a refused request, in bytes, that is worth reading to keep a connection. */
const shortBody = 65_536

/**
 * Goes by what was declared, not by what was read: how far verification came would tell whether the keyid is known.
 */
function hasLongBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > shortBody
}

/** `headers` hides duplicates of some fields; `rawHeaders` shows what came. */
function fieldLines(rawHeaders: readonly string[]): readonly FieldLine[] {
  const lines: FieldLine[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push([rawHeaders[index] as string, rawHeaders[index + 1] as string])
  }
  return lines
}

/** Iterating a request and stopping half-way would close the socket before the refusal is sent. */
function chunksOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> }
}

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { FieldLine } from '@countersign/core'
import { failure } from '../failure.ts'
import type { RawRequest, RawResponse } from '../messages/raw-message.ts'
import { whyNotReached } from './unreachable.ts'

/** How a request is sent. */
export interface SendOptions {
  readonly signal: AbortSignal
  /** For which nothing may arrive. */
  readonly timeoutSeconds: number
}

/** A response whose body is still to be read. */
export interface SentResponse extends Omit<RawResponse, 'body'> {
  /** The body as it arrives. It throws a CommandFailure when it is cut. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * Sends a request exactly as it is given, on a connection of its own: no header is added beside Content-Length and
 * Connection, nothing is followed, nothing is sent twice.
 *
 * @param origin scheme, host and port: where the connection goes.
 * @throws CommandFailure when the host is not reached, or does not answer in time.
 */
export async function sendRequest(origin: string, message: RawRequest, options: SendOptions): Promise<SentResponse> {
  try {
    const incoming = await open(origin, message, options)
    return { ...headOf(incoming), body: bodyOf(origin, incoming, options) }
  } catch (error) {
    throw interruptionOr(options, failure(`${origin} could not be asked: ${whyNotReached(error)}`, error))
  }
}

function open(origin: string, message: RawRequest, { signal, timeoutSeconds }: SendOptions): Promise<IncomingMessage> {
  const { protocol, hostname, port } = new URL(origin)
  const send = protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send({
      // The brackets of an IPv6 address belong to the URL.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port === '' ? {} : { port }),
      method: message.method,
      path: message.target,
      headers: framedRequest(message).headers.flat() as unknown as readonly string[],
      setHost: false,
      agent: false,
      signal,
      timeout: timeoutSeconds * 1000,
    })
    request.on('timeout', () => request.destroy(new Error(`nothing arrived for ${timeoutSeconds} s`)))
    request.on('response', resolve)
    request.on('error', reject)
    request.end(message.body)
  })
}

/** A request as it is sent: with the length of its body, where nothing frames it yet (RFC 9112 6). */
export function framedRequest(message: RawRequest): RawRequest {
  const { method, headers, body } = message
  const has = (name: string) => headers.some(([other]) => other.toLowerCase() === name)
  const isFramed = has('content-length') || has('transfer-encoding')
  const needsLength = body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
  const length: FieldLine[] = isFramed || !needsLength ? [] : [['Content-Length', String(body.length)]]
  const connection: FieldLine[] = has('connection') ? [] : [['Connection', 'close']]
  return { ...message, headers: [...headers, ...length, ...connection] }
}

async function* bodyOf(origin: string, incoming: IncomingMessage, options: SendOptions): AsyncGenerator<Uint8Array> {
  try {
    yield* incoming as AsyncIterable<Uint8Array>
  } catch (error) {
    throw interruptionOr(options, failure(`the response of ${origin} is not complete: ${whyNotReached(error)}`, error))
  }
}

/** Ctrl-C is no failure. */
function interruptionOr({ signal }: SendOptions, error: unknown): unknown {
  return signal.aborted ? signal.reason : error
}

function headOf({ rawHeaders, statusCode, statusMessage }: IncomingMessage): Omit<RawResponse, 'body'> {
  const headers = rawHeaders.flatMap((name, index) => {
    return index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []
  })
  return { kind: 'response', status: statusCode ?? 0, reason: statusMessage ?? '', headers }
}

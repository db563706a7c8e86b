import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { FieldLine } from '@countersign/core'
import { failure, reasonOf } from '../failure.ts'
import type { RawRequest, RawResponse } from '../messages/raw-message.ts'

/** How a request is sent. */
export interface SendOptions {
  readonly signal: AbortSignal
  /** Until the whole response is there. @default 30 */
  readonly timeoutSeconds?: number
  /** Of the body of the response, in bytes. @default 16 MiB */
  readonly maxBodyBytes?: number
}

/** A response, and how long it took. */
export interface SentResponse extends RawResponse {
  /** From the first byte sent to the last one received. */
  readonly milliseconds: number
}

/**
 * Sends a request exactly as it is given, on a connection of its own: no header is added beside Content-Length and
 * Connection, nothing is followed, nothing is sent twice.
 *
 * @param origin scheme, host and port: where the connection goes.
 * @throws CommandFailure when the host is not reached, or the response is not complete in time.
 */
export async function sendRequest(origin: string, message: RawRequest, options: SendOptions): Promise<SentResponse> {
  const { timeoutSeconds = 30, maxBodyBytes = 16_777_216 } = options
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  const start = performance.now()
  try {
    const incoming = await open(origin, message, AbortSignal.any([options.signal, limit]))
    const body = await readBody(incoming, maxBodyBytes)
    return { ...responseOf(incoming, body), milliseconds: performance.now() - start }
  } catch (error) {
    options.signal.throwIfAborted()
    if (limit.aborted) throw failure(`${origin} did not answer within ${timeoutSeconds} s`, error)
    throw failure(`${origin} could not be asked: ${whyNot(error)}`, error)
  }
}

function open(origin: string, message: RawRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { protocol, hostname, port } = new URL(origin)
  const send = protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send({
      // Node keeps the brackets of IPv6 out of the socket's way only here.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port === '' ? {} : { port }),
      method: message.method,
      path: message.target,
      headers: framed(message).flat() as unknown as readonly string[],
      setHost: false,
      agent: false,
      signal,
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.end(message.body)
  })
}

/** With the length of the body, where nothing frames it yet (RFC 9112 6). */
function framed({ method, headers, body }: RawRequest): readonly FieldLine[] {
  const has = (name: string) => headers.some(([other]) => other.toLowerCase() === name)
  const isFramed = has('content-length') || has('transfer-encoding')
  const needsLength = body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
  const length: FieldLine[] = isFramed || !needsLength ? [] : [['Content-Length', String(body.length)]]
  return [...headers, ...length, ...(has('connection') ? [] : [['Connection', 'close'] as const])]
}

async function readBody(incoming: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > maxBodyBytes) {
      incoming.destroy()
      throw new Error(`the body of the response has more than ${maxBodyBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function responseOf(incoming: IncomingMessage, body: Uint8Array): RawResponse {
  const { rawHeaders } = incoming
  const headers = rawHeaders.flatMap((name, index) => {
    return index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []
  })
  return { kind: 'response', status: incoming.statusCode ?? 0, reason: incoming.statusMessage ?? '', headers, body }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Is the server running, and the port right?',
  ECONNRESET: 'the connection was closed before the response was complete',
  EAI_AGAIN: 'the name could not be looked up. Is there a network?',
  ENOTFOUND: 'there is no host of that name',
  EPIPE: 'the connection was closed while the request was sent',
}

function whyNot(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return reasons[(first as NodeJS.ErrnoException)?.code ?? ''] ?? reasonOf(error)
}

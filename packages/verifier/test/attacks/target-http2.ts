import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createVerifier, protect } from '@countersign/verifier/node'
import { streamedBody } from './streamed-body.ts'
import { type AttackTarget, prepareTarget } from './target.ts'

/**
 * The adapter for `node:http2`, behind a proxy that turns each request of HTTP/1.1 into a stream: all of them on one
 * connection, the 50 of attacks 5 and 6 at once. What only HTTP/2 can say is in test/adapters/http2.test.ts.
 *
 * Of duplicate fields that HTTP/2 forbids, the proxy makes no stream at all.
 */
export const http2Target: AttackTarget = {
  name: 'node:http2',
  losses: new Set(['http1-only']),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const verify = createVerifier<Http2ServerRequest>(
      target.verifierOptions((request, name) => String(request.headers[name] ?? '')),
    )
    const listener = protect<Http2ServerRequest, Http2ServerResponse>(
      verify,
      async (request, response, verified) => {
        const delivered = { method: request.method, target: request.url, body: await streamedBody(request) }
        const { status, body } = target.handle(verified, delivered)
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      },
      { onError: target.fail },
    )
    const origin = createHttp2Server({ maxHeaderListPairs: 5000 }, listener)
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const session = connect(`http://127.0.0.1:${(origin.address() as AddressInfo).port}`)
    session.on('error', () => {})
    const { maxHeaderBytes } = options
    const proxy = createServer(
      maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes },
      (request, response) => forward(session, request, response),
    )
    // So that what stands beyond 2000 field lines is carried over, too.
    proxy.maxHeadersCount = 0
    proxy.on('close', () => {
      session.destroy()
      origin.close()
    })
    return target.listen(proxy)
  },
}

/** RFC 9113 8.2.2: what belongs to one connection is not carried over. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'expect',
])

/** In bytes. The library below `node:http2` takes no longer header section. */
const headerLimit = 60_000

/** Turns a request of HTTP/1.1 into a stream of a session, and its answer into one of HTTP/1.1. */
export function forward(session: ClientHttp2Session, request: IncomingMessage, response: ServerResponse): void {
  if (request.rawHeaders.join('').length > headerLimit) {
    reject(response, 431)
    return
  }
  let stream: ClientHttp2Stream
  try {
    const endStream = request.headers['content-length'] === undefined && !request.headers['transfer-encoding']
    stream = session.request(headersOf(request), { endStream })
    if (!endStream) request.pipe(stream)
  } catch {
    // What node:http2 does not send, a client of HTTP/2 cannot say with it.
    reject(response, 400)
    return
  }
  request.on('aborted', () => {
    // Closing would end the stream first, as if what came was all.
    request.unpipe(stream)
    stream.destroy(new Error('the client broke off'))
  })
  // RFC 9113 8.1.1: a request that is malformed in HTTP/2 is reset without an answer.
  stream.on('error', () => reject(response, 400))
  stream.on('response', (headers) => answer(headers, stream, response))
}

function reject(response: ServerResponse, status: number): void {
  if (!response.headersSent && !response.destroyed) response.writeHead(status, { connection: 'close' }).end()
}

function headersOf(request: IncomingMessage): OutgoingHttpHeaders {
  const { method = '', url = '', rawHeaders } = request
  const headers: { [name: string]: string | string[] } = {}
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase()
    const value = rawHeaders[index + 1] as string
    if (hopByHop.has(name)) continue
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  const { host, ...others } = headers
  const authority = host === undefined || typeof host === 'string' ? host : host[0]
  const second = typeof host === 'object' ? { host: host[1] } : {}
  return { ':method': method, ':path': url, ':authority': authority, ':scheme': 'http', ...second, ...others }
}

function answer(headers: IncomingHttpHeaders, stream: ClientHttp2Stream, response: ServerResponse): void {
  const chunks: Uint8Array[] = []
  const { ':status': status, ...fields } = headers as { readonly ':status': number } & IncomingHttpHeaders
  stream.on('data', (chunk) => chunks.push(chunk))
  stream.on('end', () => {
    const body = Buffer.concat(chunks)
    const close = response.req.complete ? {} : { connection: 'close' }
    response.req.unpipe().resume()
    if (!response.destroyed)
      response.writeHead(status, { ...fields, ...close, 'content-length': body.length }).end(body)
  })
}

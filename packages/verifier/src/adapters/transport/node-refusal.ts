import type { ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { SignatureError } from '@countersign/core'
import { type ProblemResponse, problemOf } from '../../problem.ts'
import { hasLongBody, isHttp2 } from '../../request/node-head.ts'
import type { NodeRequest } from './node-body.ts'

/** A response of `node:http`, or of the compatibility API of `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** Answers a refusal. A short body is read to its end and dropped; after a long one the connection closes. */
export function sendProblem(response: NodeResponse, error: SignatureError): void {
  if ((response as ServerResponse).destroyed) return
  const { status, headers, body } = refusalOf(response.req, error)
  const fields = { ...headers, 'content-length': Buffer.byteLength(body) }
  // The two kinds of response share the method, and not its type.
  ;(response as ServerResponse).writeHead(status, fields).end(body)
}

/** A refusal as a response, for frameworks that send it themselves, and the rest of the refused body dropped. */
export function refusalOf(request: NodeRequest, error: SignatureError): ProblemResponse {
  const problem = problemOf(error)
  if (isHttp2(request)) {
    dropStream(request as Http2ServerRequest)
    return problem
  }
  request.resume()
  return hasLongBody(request) ? { ...problem, headers: { ...problem.headers, connection: 'close' } } : problem
}

/** RFC 9113 8.1: a server that has answered may end a stream whose rest it does not need, without an error. */
function dropStream({ stream }: Http2ServerRequest): void {
  stream.once('finish', () => {
    if (!stream.readableEnded) stream.close()
  })
}

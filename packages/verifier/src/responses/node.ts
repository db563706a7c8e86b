import { type Bytes, encodeUtf8, type FieldLine } from '@countersign/core'
import { fieldLinesOf, hasLongBody, isHttp2, type NodeHead, requestTargetOf } from '../request/node-head.ts'
import { originResolver } from '../request/origin.ts'
import { answeredRequest } from './answered-request.ts'
import type { SignedResponsesOptions } from './fetch.ts'
import { type Answer, createAnswerSigner } from './sign-answer.ts'

/** The part of an `IncomingMessage` of `node:http`, or of a request of `node:http2`, that is read. */
export interface AnsweredNodeRequest extends NodeHead {
  resume(): unknown
}

/** The part of a `ServerResponse` of `node:http`, `node:http2` or Express that is used. */
export interface NodeResponse<Source extends AnsweredNodeRequest> {
  readonly req: Source
  statusCode: number
  getHeaders(): Readonly<Record<string, number | string | readonly string[] | undefined>>
  setHeader(name: string, value: string | readonly string[]): unknown
  removeHeader(name: string): unknown
  end(): unknown
  end(body: Uint8Array): unknown
}

/** What is sent. A refusal is `problemOf(error)`. */
export interface NodeAnswer {
  readonly status: number
  /** Beside those that were set on the response before. @default none */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Text is sent as UTF-8. @default none */
  readonly body?: string | Uint8Array | null
}

/** Signs an answer, and sends it. */
export type SignedSender<Source extends AnsweredNodeRequest> = (
  response: NodeResponse<Source>,
  answer: NodeAnswer,
) => Promise<void>

/**
 * Makes what sends signed answers in `node:http`, the compatibility API of `node:http2`, Express and others that hand out its `ServerResponse`.
 *
 *     const sendSigned = createSignedSender({ key, origin: 'https://bank.example' })
 *     await sendSigned(response, { status: 201, headers: { location: '/transfers/1' } })
 *
 * The answer is bound to `response.req`. That of a request which is not signed, or which cannot be read, goes out
 * unsigned.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createSignedSender<Source extends AnsweredNodeRequest>(
  options: SignedResponsesOptions<Source>,
): SignedSender<Source> {
  const { origin, ...signing } = options
  const originOf = originResolver(origin)
  const sign = createAnswerSigner(signing)
  return async (response, { status, headers = {}, body = null }) => {
    const { req } = response
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const content = bytesOf(body)
    if (status !== 204 && status !== 304) response.setHeader('content-length', String(content?.length ?? 0))
    // The rest of a refused body is not worth a connection, however far verification came.
    if (status >= 400 && !isHttp2(req) && hasLongBody(req)) response.setHeader('connection', 'close')
    const answer: Answer = { status, headers: linesOf(response.getHeaders()), body: content }
    const answered = answeredRequest(
      { method: req.method ?? '', target: requestTargetOf(req), headers: fieldLinesOf(req), source: req },
      originOf,
    )
    const sent = answered === undefined ? answer : await sign(answer, answered)
    req.resume()
    // A digest that was set before may be of another body.
    if (answered !== undefined) response.removeHeader('content-digest')
    setFields(response, sent.headers)
    response.statusCode = status
    if (sent.body === null) response.end()
    else response.end(sent.body)
  }
}

function bytesOf(body: string | Uint8Array | null): Bytes | null {
  if (body === null) return null
  return typeof body === 'string' ? encodeUtf8(body) : new Uint8Array(body)
}

function linesOf(headers: ReturnType<NodeResponse<AnsweredNodeRequest>['getHeaders']>): readonly FieldLine[] {
  return Object.entries(headers).flatMap(([name, value]): FieldLine[] => {
    if (value === undefined) return []
    return typeof value === 'object' ? value.map((line): FieldLine => [name, line]) : [[name, String(value)]]
  })
}

/** All lines of a name at once: `setHeader` replaces what was there. */
function setFields(response: NodeResponse<AnsweredNodeRequest>, lines: Iterable<FieldLine>): void {
  const fields = new Map<string, string[]>()
  for (const [name, value] of lines) {
    const values = fields.get(name.toLowerCase())
    if (values === undefined) fields.set(name.toLowerCase(), [value])
    else values.push(value)
  }
  for (const [name, values] of fields) response.setHeader(name, values.length === 1 ? (values[0] as string) : values)
}

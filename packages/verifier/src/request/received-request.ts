import {
  createRequestMessage,
  type FieldLine,
  type Origin,
  type RequestMessage,
  resolveRequestTarget,
  SignatureError,
} from '@countersign/core'
import type { BodySource } from './body.ts'

/** A request as an adapter hands it over: raw, unparsed, and its body read only once. */
export interface ReceivedRequest<Source = unknown> {
  readonly method: string
  /** The request target as it stands on the request line, before any router or proxy rewrote it. */
  readonly target: string
  /** Every field line, duplicates included. */
  readonly headers: Iterable<FieldLine>
  readonly body: BodySource
  /** The request as the framework knows it, for `origin` and `onEvent`. */
  readonly source: Source
}

/** All of it but the body. */
export type ReceivedHead<Source = unknown> = Omit<ReceivedRequest<Source>, 'body'>

/**
 * Fields that hold one value. Of several lines, some runtimes hand out the first and others the last: so
 * what was signed and what a handler reads could differ.
 */
const singletonFields = [
  'authorization',
  'content-digest',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
] as const

/**
 * Takes the snapshot that everything else works on.
 *
 * @param origin what this server calls itself. Host and X-Forwarded-* are not believed.
 * @throws SignatureError `malformed_message`
 */
export function snapshotOf(received: ReceivedHead, origin: Origin): RequestMessage {
  const message = createRequestMessage({
    method: received.method,
    url: resolveRequestTarget(origin, received.target),
    requestTarget: received.target,
    headers: received.headers,
  })
  for (const name of singletonFields) {
    const lines = message.headers.get(name)
    if (lines !== undefined && lines.length > 1) {
      throw new SignatureError('malformed_message', `the field ${name} occurs twice`)
    }
  }
  // Some platforms join the lines of a field (Fetch API, API Gateway). Of Host, which few signatures cover, the comma is
  // left: no name of a host has one.
  if (message.headers.get('host')?.[0]?.includes(',')) {
    throw new SignatureError('malformed_message', 'the field host occurs twice, and its lines were joined')
  }
  const length = message.headers.get('content-length')?.[0]
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw new SignatureError('malformed_message', 'Content-Length must be a whole number')
  }
  return message
}

/** The Content-Length of a snapshot, where it has one. */
export function contentLength(message: RequestMessage): number | undefined {
  const text = message.headers.get('content-length')?.[0]
  return text === undefined ? undefined : Number(text)
}

/** RFC 9112 6: a request has a body when it says how it is framed. */
export function declaresBody(message: RequestMessage): boolean {
  return (contentLength(message) ?? 0) > 0 || message.headers.has('transfer-encoding')
}

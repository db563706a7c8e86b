import { createRequestMessage, parseOrigin, type RequestMessage, resolveRequestTarget } from '@countersign/core'
import type { RawRequest } from './raw-message.ts'

/**
 * A request as signatures see it (RFC 9421 2).
 *
 * @throws SignatureError when the target does not fit the origin.
 */
export function targetMessage(request: RawRequest, origin: string): RequestMessage {
  const { method, target, headers } = request
  return createRequestMessage({
    method,
    url: resolveRequestTarget(parseOrigin(origin), target),
    requestTarget: target,
    headers,
  })
}

/** The header fields, with the length of the body that is there: chunks are put together in a file. */
export function framedHeaders({ headers, body }: RawRequest): RawRequest['headers'] {
  const others = headers.filter(([name]) => !/^(?:content-length|transfer-encoding)$/i.test(name))
  return body.length === 0 ? others : [...others, ['Content-Length', String(body.length)]]
}

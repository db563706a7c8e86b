import { createRequestMessage, createResponseMessage, type Message, type RequestMessage } from '@countersign/core'
import type { ReceivedRequest } from '@countersign/verifier'
import { decodeBase64 } from './bytes.ts'
import type { VectorLine, VectorMessage } from './vector.ts'

/** The message that a vector signs or verifies, as the core takes it. `added` are more field lines at its end. */
export function messageOf({ request, response }: VectorMessage, added: readonly VectorLine[] = []): Message {
  if (response === undefined) return requestOf(request, added)
  return createResponseMessage({
    status: response.status,
    headers: [...response.headers, ...added],
    ...(response.trailers !== undefined && { trailers: response.trailers }),
    request: requestOf(request),
  })
}

function requestOf(request: VectorMessage['request'], added: readonly VectorLine[] = []): RequestMessage {
  const { method, url, headers, trailers, requestTarget } = request
  return createRequestMessage({
    method,
    url,
    headers: [...headers, ...added],
    ...(trailers !== undefined && { trailers }),
    ...(requestTarget !== undefined && { requestTarget }),
  })
}

/** The request of a vector as a server receives it. Trailers are not looked at. */
export function receivedRequestOf({ request }: VectorMessage): ReceivedRequest<undefined> {
  const { method, url, headers, body, requestTarget } = request
  return {
    method,
    target: requestTarget ?? originFormOf(url),
    headers,
    body: body === undefined ? null : decodeBase64(body),
    source: undefined,
  }
}

/** The origin of a vector whose policy names none. */
export function originOf({ request }: VectorMessage): string {
  return request.url.slice(0, pathStart(request.url))
}

/** The path and query of an absolute URI, nothing decoded or resolved. */
function originFormOf(url: string): string {
  const [target = ''] = url.slice(pathStart(url)).split('#')
  return target.startsWith('/') ? target : `/${target}`
}

function pathStart(url: string): number {
  const found = /^[a-z]+:\/\/[^/?#]*/i.exec(url)
  return found === null ? 0 : found[0].length
}

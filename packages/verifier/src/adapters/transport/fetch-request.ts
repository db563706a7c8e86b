import type { FieldLine } from '@countersign/core'
import { fetchTargetOf } from '../../request/fetch-target.ts'
import type { ReceivedRequest } from '../../request/received-request.ts'

/** What a server tells of a request beside its `Request`. */
export interface FetchRequestOptions {
  /** @default those of the request */
  readonly headers?: Iterable<FieldLine>
  /** The request target was in absolute form (RFC 9112 3.2.2), so that it names its own origin. @default false */
  readonly isAbsolute?: boolean
}

/** A Fetch API `Request` as verifiers need it. */
export function fetchRequest<Source>(
  request: Request,
  source: Source,
  { headers = request.headers, isAbsolute = false }: FetchRequestOptions = {},
): ReceivedRequest<Source> {
  return {
    method: request.method,
    target: isAbsolute ? request.url : fetchTargetOf(request),
    headers,
    body: { [Symbol.asyncIterator]: () => chunksOf(request) },
    source,
  }
}

/** Not every engine can iterate a ReadableStream, and Firefox has no `Request.body`: there it is read at once. */
async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === undefined) yield new Uint8Array(await request.arrayBuffer())
  const reader = request.body?.getReader()
  if (reader === undefined) return
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    await reader.cancel()
  }
}

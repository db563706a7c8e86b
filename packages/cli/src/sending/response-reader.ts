import type { FieldLine } from '@countersign/core'
import { fieldValues, type RawResponse } from '../messages/raw-message.ts'

/** How responses are read. */
export interface ReadOptions {
  /** The response answers HEAD, so that no body follows whatever its fields say (RFC 9112 6.3). */
  readonly bodiless: boolean
  /** The connection is closed: what has no length ends here. */
  readonly closed: boolean
}

/** A response, and how many bytes it took. */
export interface ReadResponse {
  readonly response: RawResponse
  readonly length: number
}

/**
 * Takes the first response off the bytes that a connection gave, if it is there as a whole (RFC 9112 6.3). A server that
 * is probed may answer anything: what is no HTTP is no response.
 */
export function readResponse(bytes: Buffer, options: ReadOptions): ReadResponse | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const found = /^HTTP\/1\.[01] ([1-5]\d\d)(?: (.*))?$/.exec(statusLine)
  if (found === null) return undefined
  const status = Number(found[1])
  const headers = lines.map(fieldLine)
  const body = readBody(bytes.subarray(headEnd + 4), { status, headers }, options)
  if (body === undefined) return undefined
  return {
    response: { kind: 'response', status, reason: found[2] ?? '', headers, body: body.content },
    length: headEnd + 4 + body.length,
  }
}

function fieldLine(line: string): FieldLine {
  const colon = line.indexOf(':')
  return [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim()]
}

interface ReadBody {
  readonly content: Buffer
  readonly length: number
}

function readBody(
  rest: Buffer,
  { status, headers }: { readonly status: number; readonly headers: readonly FieldLine[] },
  { bodiless, closed }: ReadOptions,
): ReadBody | undefined {
  if (bodiless || status < 200 || status === 204 || status === 304) return { content: Buffer.alloc(0), length: 0 }
  if (fieldValues(headers, 'transfer-encoding').some((value) => /chunked\s*$/i.test(value))) return readChunks(rest)
  const length = Number(fieldValues(headers, 'content-length')[0] ?? Number.NaN)
  if (Number.isSafeInteger(length)) {
    return rest.length < length && !closed ? undefined : { content: rest.subarray(0, length), length }
  }
  return closed ? { content: rest, length: rest.length } : undefined
}

/** RFC 9112 7.1. */
function readChunks(rest: Buffer): ReadBody | undefined {
  const chunks: Buffer[] = []
  for (let position = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', position)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(rest.subarray(position, lineEnd).toString('latin1'), 16)
    if (!(size >= 0)) return undefined
    const start = lineEnd + 2
    if (size === 0) {
      // Either no trailers, or their end.
      const end =
        rest.subarray(start, start + 2).toString('latin1') === '\r\n' ? start : rest.indexOf('\r\n\r\n', start)
      return end === -1 || rest.length < start + 2 ? undefined : { content: Buffer.concat(chunks), length: end + 2 }
    }
    if (rest.length < start + size + 2) return undefined
    chunks.push(rest.subarray(start, start + size))
    position = start + size + 2
  }
}

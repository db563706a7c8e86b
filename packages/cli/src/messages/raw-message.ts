import type { FieldLine } from '@countersign/core'
import { failure } from '../failure.ts'

/** A request as it stands on the wire. */
export interface RawRequest {
  readonly kind: 'request'
  readonly method: string
  /** The request target of the request line. */
  readonly target: string
  readonly headers: readonly FieldLine[]
  readonly body: Uint8Array
}

/** A response as it stands on the wire. */
export interface RawResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: readonly FieldLine[]
  readonly body: Uint8Array
}

/** What a file of HTTP holds. */
export type RawMessage = RawRequest | RawResponse

/** Bytes of start line and header together. */
const maxHeadBytes = 1_048_576

/** Interim responses in front of a final one (RFC 9110 15.2). */
const maxInterimResponses = 8

/**
 * Reads an HTTP/1.1 message (RFC 9112), as tools write it into files: lines may end with CRLF or LF. Nothing of it is
 * mended: a folded or broken line is refused, since a server would see something else than is shown here.
 *
 * @throws CommandFailure when it is no message.
 */
export function parseRawMessage(bytes: Uint8Array): RawMessage {
  return parseMessage(bytes, maxInterimResponses)
}

function parseMessage(bytes: Uint8Array, interim: number): RawMessage {
  const { lines, bodyStart } = splitHead(bytes)
  const [startLine = '', ...fieldLines] = lines
  const start = readStartLine(startLine)
  const rest = bytes.subarray(bodyStart)
  // curl -i writes what came before the answer as well.
  const isInterim = start.kind === 'response' && start.status < 200 && rest.length > 0
  if (isInterim && interim > 0) return parseMessage(rest, interim - 1)
  const headers = fieldLines.map(parseFieldLine)
  return { ...start, headers, body: bodyOf(rest, headers) }
}

type StartLine = Pick<RawRequest, 'kind' | 'method' | 'target'> | Pick<RawResponse, 'kind' | 'status' | 'reason'>

function readStartLine(line: string): StartLine {
  const response = /^HTTP\/\d(?:\.\d)? ([1-5]\d\d)(?: (.*))?$/.exec(line)
  if (response) return { kind: 'response', status: Number(response[1]), reason: response[2] ?? '' }
  const request = /^([^ ]+) ([^ ]+) HTTP\/\d(?:\.\d)?$/.exec(line)
  if (request) return { kind: 'request', method: request[1] as string, target: request[2] as string }
  throw failure(
    'this is no HTTP message: it begins with neither a request line ("POST /path HTTP/1.1") nor a status line ("HTTP/1.1 200 OK")',
  )
}

/** The bytes of a message with CRLF, as it goes over the wire. */
export function rawMessageBytes(message: RawMessage): Uint8Array {
  const head = [startLineOf(message), ...message.headers.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
  return Buffer.concat([Buffer.from(head, 'latin1'), message.body])
}

/** The request line or status line of a message. */
export function startLineOf(message: RawMessage): string {
  if (message.kind === 'request') return `${message.method} ${message.target} HTTP/1.1`
  return `HTTP/1.1 ${message.status} ${message.reason}`.trimEnd()
}

/** The values of a field, in their order. */
export function fieldValues(headers: readonly FieldLine[], name: string): readonly string[] {
  return headers.flatMap(([other, value]) => (other.toLowerCase() === name ? [value] : []))
}

/** What editors, and PowerShell where it writes a file, put in front of a text. */
const byteOrderMark = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/

function splitHead(bytes: Uint8Array): { lines: string[]; bodyStart: number } {
  if (bytes.length === 0) throw failure('the message is empty')
  const text = latin1(bytes.subarray(0, maxHeadBytes))
  if (byteOrderMark.test(text)) {
    throw failure('the file begins with a byte order mark, and no HTTP message does: save it as UTF-8 without BOM')
  }
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null && bytes.length > maxHeadBytes) throw failure('the header of the message has more than 1 MiB')
  // A file may hold a header alone, and lack its last line break.
  const head = end === null ? text.trimEnd() : text.slice(0, end.index)
  return { lines: head.split(/\r?\n/), bodyStart: end === null ? bytes.length : end.index + end[0].length }
}

function parseFieldLine(line: string): FieldLine {
  const found = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line)
  if (found) return [found[1] as string, found[2] as string]
  const rule = /^[ \t]/.test(line)
    ? 'a header line begins with white space: folded lines are not allowed (RFC 9112 5.2)'
    : 'a header line is not "Name: value" (RFC 9112 5)'
  throw failure(`${rule}: line "${line.slice(0, 40)}"`)
}

function bodyOf(rest: Uint8Array, headers: readonly FieldLine[]): Uint8Array {
  if (fieldValues(headers, 'transfer-encoding').at(-1)?.toLowerCase() === 'chunked') {
    // Tools that show a message, as curl -i, have put the chunks together, and left the field.
    return /^[0-9a-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n/i.test(latin1(rest.subarray(0, 256))) ? decodeChunks(rest) : rest
  }
  const length = fieldValues(headers, 'content-length')[0]
  if (length === undefined || !/^\d{1,15}$/.test(length)) return rest
  if (rest.length < Number(length)) {
    throw failure(`the body is cut: Content-Length says ${length} bytes, and there are ${rest.length}`)
  }
  // Editors add a line break to the end of a file.
  return rest.subarray(0, Number(length))
}

/** RFC 9112 7.1, without extensions and trailers, which no signature here looks at. */
function decodeChunks(rest: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = []
  for (let position = 0; ; ) {
    const found = /^([0-9a-f]{1,8})[^\r\n]*\r?\n/i.exec(latin1(rest.subarray(position, position + 256)))
    if (found === null) throw failure('the body is cut or broken between two chunks (RFC 9112 7.1)')
    const size = Number.parseInt(found[1] as string, 16)
    const start = position + found[0].length
    if (size === 0) return Buffer.concat(chunks)
    if (start + size > rest.length) throw failure('the body is cut: its last chunk is not complete')
    chunks.push(rest.subarray(start, start + size))
    position = start + size + (rest[start + size] === 0x0d ? 2 : 1)
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

import type { FieldLine } from '@countersign/core'
import type { RawRequest } from '../../../messages/raw-message.ts'

/** Changes a captured request. */
export type Edit = (request: RawRequest) => RawRequest

const isField =
  (name: string) =>
  ([other]: FieldLine) =>
    other.toLowerCase() === name.toLowerCase()

/** The field with this value alone, in its place or at the end. */
export function withField(request: RawRequest, name: string, value: string): RawRequest {
  const index = request.headers.findIndex(isField(name))
  if (index === -1) return addedField(request, name, value)
  const others = request.headers.filter((line, position) => position === index || !isField(name)(line))
  return { ...request, headers: others.map((line): FieldLine => (isField(name)(line) ? [line[0], value] : line)) }
}

/** One line more, whatever is there. */
export function addedField(request: RawRequest, name: string, value: string): RawRequest {
  return { ...request, headers: [...request.headers, [name, value]] }
}

/** Without these fields. */
export function withoutFields(request: RawRequest, ...names: readonly string[]): RawRequest {
  return { ...request, headers: request.headers.filter((line) => !names.some((name) => isField(name)(line))) }
}

/** The value of a field changed. Where that changes nothing, it is the same request. */
export function editedField(request: RawRequest, name: string, edit: (value: string) => string): RawRequest {
  const headers = request.headers.map((line): FieldLine => (isField(name)(line) ? [line[0], edit(line[1])] : line))
  return headers.every(([, value], index) => value === request.headers[index]?.[1]) ? request : { ...request, headers }
}

/** With another request target. */
export function withTarget(request: RawRequest, target: string): RawRequest {
  return { ...request, target }
}

/** With another body, and the Content-Length of it. */
export function withBody(request: RawRequest, body: Uint8Array): RawRequest {
  const bare = { ...withoutFields(request, 'Content-Length', 'Transfer-Encoding'), body }
  return body.length === 0 && !isUsualWithBody(request.method)
    ? bare
    : addedField(bare, 'Content-Length', String(body.length))
}

/** RFC 9110 8.6: such a request says the length of its body even where there is none. */
function isUsualWithBody(method: string): boolean {
  return ['POST', 'PUT', 'PATCH'].includes(method)
}

/** Framed by one chunk instead of a length (RFC 9112 7.1), with trailers where there are any. */
export function inChunks(request: RawRequest, trailers: readonly FieldLine[] = []): RawRequest {
  const { body } = request
  const chunk = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]
  const end = Buffer.from(`0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  const framed = addedField(withoutFields(request, 'Content-Length'), 'Transfer-Encoding', 'chunked')
  return { ...framed, body: Buffer.concat([...chunk, end]) }
}

/** Another body of the same kind: JSON stays JSON with the same members, so that a handler would take it. */
export function otherBody(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString('utf8')
  try {
    return Buffer.from(JSON.stringify(otherValue(JSON.parse(text))))
  } catch {
    return Buffer.from(body).map((byte) => (byte >= 0x61 && byte < 0x7a ? byte + 1 : byte))
  }
}

function otherValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return otherText(value)
  if (Array.isArray(value)) return value.map(otherValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, otherValue(member)]))
}

/** One byte of a body changed, and the length kept: the last digit or letter, so that JSON stays JSON. */
export function oneByteChanged(body: Uint8Array): Uint8Array {
  const changed = Buffer.from(body)
  const index = lastIndexWhere(
    changed,
    (byte) => byte >= 0x30 && byte <= 0x39,
    (byte) => byte >= 0x61 && byte <= 0x7a,
  )
  const byte = changed[index] ?? 0
  // 1 and 2 change places, 8 and 9, a and b, y and z.
  changed[index] =
    index === -1 ? byte : byte <= 0x39 ? 0x30 + ((byte - 0x30 + 1) % 10) : 0x61 + ((byte - 0x61 + 1) % 26)
  if (index === -1 && changed.length > 0) changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  return changed
}

function lastIndexWhere(bytes: Buffer, ...wanted: readonly ((byte: number) => boolean)[]): number {
  for (const fits of wanted) {
    const index = bytes.reduce((last, byte, at) => (fits(byte) ? at : last), -1)
    if (index !== -1) return index
  }
  return -1
}

/** Text of the same length whose last letter or digit is another. */
export function otherText(text: string): string {
  return text.replace(/[A-Za-z0-9](?=[^A-Za-z0-9]*$)/, (last) =>
    last === 'a' || last === '1' ? (last === 'a' ? 'b' : '2') : /\d/.test(last) ? '1' : 'a',
  )
}

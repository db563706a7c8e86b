import {
  createRequestMessage,
  createResponseMessage,
  type FieldLine,
  type Message,
  type RequestMessage,
} from '../../src/index.ts'

/**
 * Undoes the "single backslash" line wrapping of RFC 8792 (section 7): the backslash at the end of a line, the line
 * break and the spaces behind it go. The texts of the examples stand here as the RFC prints them, without the note
 * that says so.
 */
export function unwrap(text: string): string {
  return text.replaceAll(/\\\n */g, '')
}

/** The field lines of a printed text. A line that begins with white space goes with the one before it. */
export function fieldLines(text: string): FieldLine[] {
  const lines = unwrap(text).split(/\n(?![ \t])/)
  return lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1)]
  })
}

/** The value of the one field line with this name, without the white space around it. */
export function fieldValue(text: string, name: string): string {
  const values = fieldLines(text).flatMap(([found, value]) => (found === name ? [value.trim()] : []))
  if (values.length !== 1) throw new Error(`${values.length} lines of ${name}`)
  return values[0] as string
}

/** The header section of a printed message, without its start line. */
export function headersOf(text: string): string {
  const { head } = split(text)
  return head.slice(head.indexOf('\n') + 1)
}

/** The content of a printed message: what stands behind the empty line. */
export function contentOf(text: string): string {
  return split(text).content
}

/** A printed message with more field lines at the end of its header section. */
export function withFields(text: string, fields: string): string {
  const { head, content } = split(text)
  return content === '' ? `${head}\n${fields}` : `${head}\n${fields}\n\n${content}`
}

/** The message that is printed, and for a response the request that it answers. */
export function messageOf(text: string, request?: string): Message {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  if (status === undefined) return requestOf(text)
  const parts = { status: Number(status), headers: fieldLines(headersOf(text)) }
  return createResponseMessage(request === undefined ? parts : { ...parts, request: requestOf(request) })
}

/** The request that is printed, with an origin-form target. Unless the RFC says so, it is sent over HTTPS. */
export function requestOf(text: string, scheme = 'https'): RequestMessage {
  const headers = headersOf(text)
  const [method = '', target = ''] = unwrap(text).split(' ')
  const url = `${scheme}://${fieldValue(headers, 'Host')}${target}`
  return createRequestMessage({ method, url, headers: fieldLines(headers) })
}

function split(text: string): { head: string; content: string } {
  const [head = '', content = ''] = unwrap(text).split('\n\n')
  return { head, content }
}

/** A field line, written as it is given. */
export type HeaderLine = readonly [name: string, value: string]

/** A request as somebody holds it who can change every byte of it. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly HeaderLine[]
  readonly body: Buffer | undefined
  /** How the body is framed; `none` leaves it to `headers`. @default 'length' for a request with a body */
  readonly framing?: 'length' | 'chunked' | 'none'
  /** Written after a chunked body. */
  readonly trailers?: readonly HeaderLine[]
}

/** The bytes of a request (RFC 9112). Nothing is checked or escaped. */
export function requestBytes(request: RawRequest): Buffer {
  return Buffer.concat([headBytes(request), bodyBytes(request)])
}

/** Request line and header section, with the empty line that ends them. */
export function headBytes(request: RawRequest): Buffer {
  const lines = [...request.headers, ...framingFields(request)].map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${request.method} ${request.target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
}

/** The body as it is framed. */
export function bodyBytes(request: RawRequest): Buffer {
  const { body, framing, trailers = [] } = request
  if (body === undefined) return Buffer.alloc(0)
  if (framing !== 'chunked') return body
  const end = `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([chunkBytes(body), Buffer.from(end, 'latin1')])
}

/** One chunk (RFC 9112 7.1). */
export function chunkBytes(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

function framingFields({ body, framing = 'length' }: RawRequest): readonly HeaderLine[] {
  if (framing === 'chunked') return [['Transfer-Encoding', 'chunked']]
  return body === undefined || framing === 'none' ? [] : [['Content-Length', String(body.length)]]
}

/** The value of a field, its lines joined. */
export function field(request: RawRequest, name: string): string | undefined {
  const values = request.headers.filter((line) => isNamed(line, name)).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/** Adds a field line at the end. */
export function addField(request: RawRequest, name: string, value: string): RawRequest {
  return { ...request, headers: [...request.headers, [name, value]] }
}

/** Changes every line of a field. */
export function editField(request: RawRequest, name: string, edit: (value: string) => string): RawRequest {
  return {
    ...request,
    headers: request.headers.map((line): HeaderLine => (isNamed(line, name) ? [line[0], edit(line[1])] : line)),
  }
}

/** Takes a field away. */
export function dropField(request: RawRequest, name: string): RawRequest {
  return { ...request, headers: request.headers.filter((line) => !isNamed(line, name)) }
}

function isNamed([name]: HeaderLine, wanted: string): boolean {
  return name.toLowerCase() === wanted.toLowerCase()
}

import { connect, type Socket } from 'node:net'

/** A response as it came over the wire. */
export interface RawResponse {
  readonly status: number
  /** By lower-case name; the last line of a name wins. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** How responses are read. */
export interface ReadOptions {
  /** The responses answer HEAD, so that no body follows whatever the fields say. */
  readonly bodiless?: boolean
}

/** A connection on which any bytes can be sent. */
export interface RawConnection {
  /** Settles when the bytes are handed to the system, or the other side is gone: a server may well hang up. */
  write(bytes: Uint8Array): Promise<void>
  /** Waits for the next responses, in their order. */
  responses(count: number, options?: ReadOptions): Promise<readonly RawResponse[]>
  destroy(): void
}

/** A server that is silent for so long has failed the test. */
const patienceMilliseconds = 8000

/** What a socket has received, and who waits for more. */
interface Inbox {
  received: Buffer
  closed: boolean
  wake: () => void
}

/** Opens a connection to this machine. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const inbox: Inbox = { received: Buffer.alloc(0), closed: false, wake: () => {} }
  socket.on('data', (chunk) => {
    inbox.received = Buffer.concat([inbox.received, chunk])
    inbox.wake()
  })
  socket.on('close', () => {
    inbox.closed = true
    inbox.wake()
  })
  // A reset after the response is the server's right; without a response, the close is what fails the test.
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve))
  return {
    write: (bytes) => writeTo(socket, bytes),
    responses: (count, options = {}) => readResponses(socket, inbox, { ...options, count }),
    destroy: () => socket.destroy(),
  }
}

function writeTo(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve()
    else socket.write(bytes, () => resolve())
  })
}

async function readResponses(
  socket: Socket,
  inbox: Inbox,
  options: ReadOptions & { readonly count: number },
): Promise<readonly RawResponse[]> {
  const found: RawResponse[] = []
  while (found.length < options.count) {
    const next = parseResponse(inbox, options)
    if (next === undefined) await moreBytes(socket, inbox)
    else if (next.status >= 200) found.push(next)
  }
  return found
}

async function moreBytes(socket: Socket, inbox: Inbox): Promise<void> {
  if (inbox.closed) throw new Error('the connection closed without a whole response')
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      inbox.wake = resolve
      timer = setTimeout(() => reject(new Error('no response')), patienceMilliseconds)
    })
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Takes one response off the inbox, when it is there as a whole (RFC 9112 6.3). */
function parseResponse(inbox: Inbox, { bodiless = false }: ReadOptions): RawResponse | undefined {
  const text = inbox.received.toString('latin1')
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const headers = new Map(lines.map((line) => [fieldName(line), line.slice(line.indexOf(':') + 1).trim()]))
  const rest = text.slice(headEnd + 4)
  const body = bodiless ? { text: '', length: 0 } : parseBody(rest, headers, inbox.closed)
  if (body === undefined) return undefined
  inbox.received = inbox.received.subarray(headEnd + 4 + body.length)
  return { status: Number(statusLine.split(' ')[1]), headers, body: body.text }
}

function fieldName(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase()
}

function parseBody(
  rest: string,
  headers: ReadonlyMap<string, string>,
  closed: boolean,
): { text: string; length: number } | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return parseChunks(rest)
  const length = headers.get('content-length')
  if (length !== undefined) {
    return rest.length < Number(length) ? undefined : { text: rest.slice(0, Number(length)), length: Number(length) }
  }
  // Without a length the body ends with the connection: so Node answers what it cannot parse.
  return closed ? { text: rest, length: rest.length } : undefined
}

function parseChunks(rest: string): { text: string; length: number } | undefined {
  let text = ''
  let offset = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', offset)
    const size = Number.parseInt(rest.slice(offset, lineEnd), 16)
    if (lineEnd === -1 || rest.length < lineEnd + 2 + size + 2) return undefined
    text += rest.slice(lineEnd + 2, lineEnd + 2 + size)
    offset = lineEnd + 2 + size + 2
    if (size === 0) return { text, length: offset }
  }
}

/** Sends bytes on a connection of their own, and waits for one response. */
export async function exchange(port: number, bytes: Uint8Array, options: ReadOptions = {}): Promise<RawResponse> {
  return (await pipeline(port, [bytes], options))[0] as RawResponse
}

/** Sends several requests on one connection without waiting in between. */
export async function pipeline(
  port: number,
  requests: readonly Uint8Array[],
  options: ReadOptions = {},
): Promise<readonly RawResponse[]> {
  const connection = await openConnection(port)
  try {
    void connection.write(Buffer.concat(requests))
    return await connection.responses(requests.length, options)
  } finally {
    connection.destroy()
  }
}

/** Opens a socket for each request, holds the last byte back on all of them, and lets them go together. */
export async function race(port: number, requests: readonly Uint8Array[]): Promise<readonly RawResponse[]> {
  const connections = await Promise.all(requests.map(() => openConnection(port)))
  try {
    await Promise.all(connections.map((connection, index) => connection.write(requests[index]!.subarray(0, -1))))
    const answers = connections.map((connection, index) => {
      void connection.write(requests[index]!.subarray(-1))
      return connection.responses(1)
    })
    return (await Promise.all(answers)).flat()
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

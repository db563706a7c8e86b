import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { RawResponse } from '../messages/raw-message.ts'
import { readResponse } from './response-reader.ts'

/** Where a connection goes: an address that was looked up once, so that a name cannot change its mind later. */
export interface Route {
  readonly secure: boolean
  /** The name, for TLS. */
  readonly hostname: string
  /** An IP address. */
  readonly address: string
  readonly port: number
}

/** How a connection is made. */
export interface WireOptions {
  readonly signal: AbortSignal
  /** An address of this machine to send from. */
  readonly localAddress?: string
  /** Until the connection stands. @default 10000 */
  readonly connectMilliseconds?: number
}

/** How answers are waited for. */
export interface AnswerOptions {
  /** The requests were HEAD. @default false */
  readonly bodiless?: boolean
  /** Until the last of them is there. */
  readonly milliseconds: number
}

/** A connection on which any bytes can be sent. */
export interface Wire {
  /** Hands bytes to the system. It does not throw: a server may well hang up. */
  write(bytes: Uint8Array): Promise<void>
  /** The next responses in their order: fewer where the server is silent or hangs up. */
  responses(count: number, options: AnswerOptions): Promise<readonly RawResponse[]>
  readonly isClosed: boolean
  destroy(): void
}

/** Of one connection, in bytes. The rest is not read. */
const maxReceivedBytes = 4_194_304

/** What a socket has received, and who waits for more. */
interface Inbox {
  received: Buffer
  closed: boolean
  wake: () => void
}

/**
 * Opens a connection, for bytes that no HTTP library would send.
 *
 * @throws Error of the system, when it cannot be made.
 */
export async function openWire(route: Route, options: WireOptions): Promise<Wire> {
  options.signal.throwIfAborted()
  const socket = connect(route, options)
  const inbox: Inbox = { received: Buffer.alloc(0), closed: false, wake: () => {} }
  const abort = (): void => void socket.destroy(new Error('interrupted'))
  options.signal.addEventListener('abort', abort, { once: true })
  socket.on('data', (chunk: Buffer) => receive(socket, inbox, chunk))
  socket.on('close', () => {
    options.signal.removeEventListener('abort', abort)
    inbox.closed = true
    inbox.wake()
  })
  await connected(socket, route, options)
  // A reset after the response is the server's right.
  socket.on('error', () => {})
  return {
    write: (bytes) => writeTo(socket, bytes),
    responses: (count, answer) => responses(inbox, count, answer),
    get isClosed() {
      return inbox.closed
    },
    destroy: () => void socket.destroy(),
  }
}

function connect({ secure, hostname, address, port }: Route, { localAddress }: WireOptions): Socket {
  const local = localAddress === undefined ? {} : { localAddress }
  const options = { host: address, port, noDelay: true, ...local }
  if (!secure) return connectPlain(options)
  return connectTls({
    ...options,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ALPNProtocols: ['http/1.1'],
  })
}

function connected(socket: Socket, route: Route, { connectMilliseconds = 10_000 }: WireOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('no connection in time')), connectMilliseconds)
    socket.once(route.secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', reject)
      resolve()
    })
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

function receive(socket: Socket, inbox: Inbox, chunk: Buffer): void {
  inbox.received = Buffer.concat([inbox.received, chunk])
  if (inbox.received.length > maxReceivedBytes) socket.destroy()
  inbox.wake()
}

function writeTo(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || bytes.length === 0) return resolve()
    // Neither written nor failed, where the other side does not read: then only the close tells.
    socket.once('close', resolve)
    socket.write(bytes, () => {
      socket.off('close', resolve)
      resolve()
    })
  })
}

async function responses(inbox: Inbox, count: number, options: AnswerOptions): Promise<readonly RawResponse[]> {
  const found: RawResponse[] = []
  const end = performance.now() + options.milliseconds
  while (found.length < count) {
    const next = readResponse(inbox.received, { bodiless: options.bodiless ?? false, closed: inbox.closed })
    if (next !== undefined) {
      inbox.received = inbox.received.subarray(next.length)
      // 100 Continue and its like are no answers. A switch of protocols is one.
      if (next.response.status >= 200 || next.response.status === 101) found.push(next.response)
    } else if (inbox.closed || !(await moreBytes(inbox, end))) {
      break
    }
  }
  return found
}

/** Whether something came before the end. */
async function moreBytes(inbox: Inbox, end: number): Promise<boolean> {
  const left = end - performance.now()
  if (left <= 0) return false
  let timer: ReturnType<typeof setTimeout> | undefined
  const woken = await new Promise<boolean>((resolve) => {
    inbox.wake = () => resolve(true)
    timer = setTimeout(() => resolve(false), left)
  })
  clearTimeout(timer)
  return woken
}

import { setMaxListeners } from 'node:events'
import { reasonOf } from '../../../failure.ts'
import { type RawRequest, rawMessageBytes } from '../../../messages/raw-message.ts'
import { openWire, type Route, type Wire } from '../../../sending/raw-socket.ts'
import { type Answer, noAnswerInTime } from './answer.ts'
import type { Pace } from './pace.ts'

/** What goes over one connection: a request, or bytes that are none, or pieces with pauses in between. */
export type Sendable = RawRequest | Uint8Array | readonly Piece[]

/** Bytes, and how long to wait before them. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly afterMilliseconds?: number
}

/** How one request is sent. */
export interface TransmitOptions {
  /** Instead of the usual place. */
  readonly route?: Route
  readonly localAddress?: string
  /** How long to wait for the answer, where a server is expected to wait for more. */
  readonly milliseconds?: number
  /** Close the connection after the last byte, and look for no answer. */
  readonly abort?: boolean
}

/** Sends requests, and never more or faster than it may. */
export interface Transport {
  send(sendable: Sendable, options?: TransmitOptions): Promise<Answer>
  /** The same bytes on as many connections, all at once. */
  sendCopies(request: RawRequest, count: number): Promise<readonly Answer[]>
  /** The same bytes behind one another on one connection. */
  sendPipelined(request: RawRequest, count: number): Promise<readonly Answer[]>
  pause(milliseconds: number): Promise<void>
}

/** What a transport is made of. */
export interface TransportParts {
  readonly route: Route
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Until an answer must be there. */
  readonly timeoutMilliseconds: number
}

/** Makes a transport to a place. */
export function createTransport(parts: TransportParts): Transport {
  // Each open connection listens for Ctrl-C.
  setMaxListeners(0, parts.signal)
  return {
    send: (sendable, options = {}) => send(parts, sendable, options),
    sendCopies: (request, count) => sendCopies(parts, request, count),
    sendPipelined: (request, count) => sendPipelined(parts, request, count),
    pause: (milliseconds) => parts.pace.pause(milliseconds),
  }
}

async function send(parts: TransportParts, sendable: Sendable, options: TransmitOptions): Promise<Answer> {
  await parts.pace.take(1)
  return onWire(parts, options, async (wire) => {
    for (const { bytes, afterMilliseconds = 0 } of piecesOf(sendable)) {
      if (afterMilliseconds > 0) await parts.pace.pause(afterMilliseconds)
      await withLimit(wire.write(bytes), parts.timeoutMilliseconds)
    }
    if (options.abort) return silent('the connection was closed by the probe')
    const milliseconds = options.milliseconds ?? parts.timeoutMilliseconds
    const [response] = await wire.responses(1, { milliseconds, bodiless: isHead(sendable) })
    if (response !== undefined) return { kind: 'response', response }
    // Whoever sets a time expects that it may pass.
    return silenceOf(wire, options.milliseconds === undefined ? noAnswerInTime : 'no answer')
  })
}

async function sendCopies(parts: TransportParts, request: RawRequest, count: number): Promise<readonly Answer[]> {
  await parts.pace.take(count)
  const bytes = rawMessageBytes(request)
  const wires = await Promise.all(Array.from({ length: count }, () => opened(parts, {})))
  try {
    // The last byte of each goes out together, when all the rest is there.
    await Promise.all(wires.map((wire) => isWire(wire) && wire.write(bytes.subarray(0, -1))))
    await Promise.all(wires.map((wire) => isWire(wire) && wire.write(bytes.subarray(-1))))
    const milliseconds = parts.timeoutMilliseconds
    return await Promise.all(
      wires.map(async (wire): Promise<Answer> => {
        if (!isWire(wire)) return wire
        const [response] = await wire.responses(1, { milliseconds, bodiless: isHead(request) })
        return response === undefined ? silenceOf(wire, noAnswerInTime) : { kind: 'response', response }
      }),
    )
  } finally {
    for (const wire of wires) if (isWire(wire)) wire.destroy()
  }
}

async function sendPipelined(parts: TransportParts, request: RawRequest, count: number): Promise<readonly Answer[]> {
  await parts.pace.take(count)
  const wire = await opened(parts, {})
  if (!isWire(wire)) return [wire]
  try {
    const bytes = rawMessageBytes(request)
    await withLimit(wire.write(Buffer.concat(Array.from({ length: count }, () => bytes))), parts.timeoutMilliseconds)
    const responses = await wire.responses(count, {
      milliseconds: parts.timeoutMilliseconds,
      bodiless: isHead(request),
    })
    return responses.map((response) => ({ kind: 'response', response }))
  } finally {
    wire.destroy()
  }
}

async function onWire(
  parts: TransportParts,
  options: TransmitOptions,
  use: (wire: Wire) => Promise<Answer>,
): Promise<Answer> {
  const wire = await opened(parts, options)
  if (!isWire(wire)) return wire
  try {
    return await use(wire)
  } finally {
    wire.destroy()
    parts.signal.throwIfAborted()
  }
}

async function opened(parts: TransportParts, options: TransmitOptions): Promise<Wire | Answer> {
  const { localAddress } = options
  try {
    return await openWire(options.route ?? parts.route, {
      signal: parts.signal,
      connectMilliseconds: parts.timeoutMilliseconds,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
  } catch (error) {
    parts.signal.throwIfAborted()
    return silent(`no connection: ${reasonOf(error)}`)
  }
}

function isWire(wire: Wire | Answer): wire is Wire {
  return 'write' in wire
}

function piecesOf(sendable: Sendable): readonly Piece[] {
  if (sendable instanceof Uint8Array) return [{ bytes: sendable }]
  return 'kind' in sendable ? [{ bytes: rawMessageBytes(sendable) }] : sendable
}

function isHead(sendable: Sendable): boolean {
  return 'kind' in sendable && sendable.method === 'HEAD'
}

/** A server that stops reading must not hold up the scan. */
async function withLimit(written: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  await Promise.race([
    written,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
    }),
  ])
  clearTimeout(timer)
}

function silenceOf(wire: Wire, otherwise: string): Answer {
  return silent(wire.isClosed ? 'the connection was closed' : otherwise)
}

function silent(why: string): Answer {
  return { kind: 'silent', why }
}

import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { isSignatureError, type SignatureError } from '@countersign/core'
import { problemOf } from '../../problem.ts'
import type { VerifiedRequest } from '../../request/verified-request.ts'

/** What stands behind {@link protectUpgrade}: it gets what a listener for `upgrade` gets, and what was verified. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  verified: VerifiedRequest,
) => unknown

/** What {@link protectUpgrade} can be told. */
export interface UpgradeOptions {
  /** Told of what the handler throws, and of mistakes. The socket is then closed. @default console.error */
  readonly onError?: (error: unknown, request: IncomingMessage) => void
}

/**
 * Puts a verifier before a listener for `upgrade`. A server that has such a listener hands it the socket of each
 * request that asks for an upgrade, past every handler and middleware.
 *
 *     const sockets = new WebSocketServer({ noServer: true })
 *     server.on('upgrade', protectUpgrade(verify, (request, socket, head) => {
 *       sockets.handleUpgrade(request, socket, head, (socket) => { ... })
 *     }))
 */
export function protectUpgrade(
  verify: (request: IncomingMessage) => Promise<VerifiedRequest>,
  handler: UpgradeHandler,
  options: UpgradeOptions = {},
): (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> {
  const { onError = logError } = options
  return async (request, socket, head) => {
    // It stays: an error that nobody listens to would end the process. Whoever needs to know has `close`.
    socket.on('error', ignore)
    try {
      const verified = await verify(request).catch((error: unknown) => refuse(socket, error))
      if (verified === undefined || socket.destroyed) return
      await handler(request, socket, head, verified)
    } catch (error) {
      onError(error, request)
      socket.destroy()
    }
  }
}

/** A client that goes away is no error of the process. */
function ignore(): void {}

function logError(error: unknown): void {
  console.error(error)
}

function refuse(socket: Duplex, error: unknown): undefined {
  if (!isSignatureError(error)) throw error
  socket.end(answerBytes(error), () => socket.destroy())
}

/** Nobody but the listener answers on this socket: no `ServerResponse` belongs to it. */
function answerBytes(error: SignatureError): string {
  const { status, headers, body } = problemOf(error)
  const fields = { ...headers, connection: 'close', 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}

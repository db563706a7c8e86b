import { connect } from 'node:net'

/**
 * A request as it stood on the wire: request line, field lines in their order and case, body.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {Uint8Array} body
 */
export function wireOf(request, body) {
  const { rawHeaders } = request
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  // A body in chunks is sent as one chunk: framing is no part of a message.
  const isChunked = /\bchunked\b/i.test(request.headers['transfer-encoding'] ?? '')
  const frame = isChunked
    ? [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]
    : [body]
  return Buffer.concat([head, ...frame])
}

/**
 * Sends the bytes of a request to a server on loopback, on a connection of their own.
 *
 * @param {Buffer | undefined} wire
 * @param {number} port
 * @returns {Promise<{ status: number, kind: string }>} the status, and the kind of the problem
 */
export function sendAgain(wire, port) {
  if (wire === undefined) return Promise.resolve({ status: 0, kind: 'nothing was accepted yet' })
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(wire))
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk
      const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1]
      // Problem details are one line of JSON; an answer of the handler has none.
      const kind = /urn:countersign:problem:([a-z-]+)/.exec(text)?.[1] ?? (/"count"/.test(text) ? 'none' : undefined)
      if (status === undefined || kind === undefined) return
      socket.destroy()
      resolve({ status: Number(status), kind })
    })
  })
}

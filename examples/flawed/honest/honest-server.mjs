import { once } from 'node:events'
import { createServer } from 'node:http'
import { honestSteps } from './honest-steps.mjs'
import { usualWindow } from './signature-steps.mjs'

/**
 * A small server that lets each signed request in once:
 *
 *     POST   /transfers   { "to": "bob", "amount": 1 }
 *     PUT    /transfers   the same
 *     DELETE /transfers   forgets them all
 *     GET    /transfers   how many there are; also as a WebSocket
 *     GET    /balance
 *     GET    /count       how many transfers were made and forgotten; needs no signature
 *
 * All that it checks is in its steps, so that a flaw can take the place of one of them. In a server of your own, take
 * `createVerifier` of `@countersign/verifier`: it has these steps and more.
 *
 * @param {object} options
 * @param {ReadonlyMap<string, HeldKey>} options.keys by keyid
 * @param {Steps} [options.steps]
 * @param {import('./signature-steps.mjs').Window} [options.window]
 * @param {number} [options.port] 0 takes a free one
 */
export async function startServer({ keys, steps = honestSteps, window = usualWindow, port = 0 }) {
  const server = createServer(steps.parserOptions).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const account = { balance: 1_000_000, effects: 0 }
  const service = { origin, keys, window, account, claimed: new Set() }
  server.on('request', async (request, response) => {
    const { status, headers, body } = await serve({ request, response, steps, service })
    response.writeHead(status, headers).end(body)
    request.resume()
  })
  // A client may ask for a WebSocket. This one has nothing to say.
  server.on('upgrade', async (request, socket) => {
    const { status } = await serve({ request, response: undefined, steps, service })
    const line =
      status === 200 ? '101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket' : `${status} Refused`
    socket.end(`HTTP/1.1 ${line}\r\n\r\n`)
  })
  return { origin, effects: () => account.effects, close: () => closeServer(server) }
}

/**
 * The way of one request.
 *
 * @param {Exchange} exchange
 * @returns {Promise<Answer>}
 */
async function serve(exchange) {
  const { steps } = exchange
  try {
    const message = steps.takeMessage(exchange)
    const received = { ...exchange, message }
    const admitted = steps.isOpen(received) ? { body: await steps.readBody(received) } : await steps.admit(received)
    return steps.handle({ ...received, ...admitted })
  } catch (error) {
    return steps.refuse(error, exchange)
  }
}

async function closeServer(server) {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/**
 * @typedef {typeof honestSteps} Steps
 *
 * @typedef {object} HeldKey
 * @property {import('@countersign/core').VerifyingKey} verifying
 * @property {import('@countersign/core').NamedJwk} jwk what the server has of it: the public part, or a shared secret
 *
 * @typedef {object} Exchange
 * @property {import('node:http').IncomingMessage} request
 * @property {import('node:http').ServerResponse | undefined} response undefined when a WebSocket is asked for
 * @property {Steps} steps
 * @property {Service} service
 *
 * @typedef {object} Service
 * @property {string} origin
 * @property {ReadonlyMap<string, HeldKey>} keys
 * @property {import('./signature-steps.mjs').Window} window
 * @property {{ balance: number, effects: number }} account
 * @property {Set<string>} claimed what was accepted, by keyid and nonce
 *
 * @typedef {{ status: number, headers: Record<string, string>, body: string }} Answer
 */

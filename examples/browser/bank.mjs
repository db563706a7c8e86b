import { once } from 'node:events'
import { createServer } from 'node:http'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { createAccounts } from './accounts.mjs'
import { createEnrolment } from './enrolment.mjs'
import { sendJson } from './json-response.mjs'
import { loadPage } from './page-files.mjs'

/**
 * A bank on loopback. Only signed requests reach its API, and each of them once:
 *
 *     POST /api/transfers   { "to": "bob", "amount": 25 }
 *     GET  /api/balance
 *
 * Beside it are the page, and what a browser needs before it can sign: a session, and a place to hand in its public key.
 *
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {import('@countersign/verifier/node').VerifierOptions['onEvent']} [options.onEvent] told of each request that was let in or refused
 */
export async function startBank({ port = 0, onEvent = () => {} } = {}) {
  const servePage = await loadPage()
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const accounts = createAccounts()

  const verify = createVerifier({
    keys: accounts.trustedKey,
    origin, // what clients call this server: a signature for another server does not pass here
    replayStore: createMemoryReplayStore({ startsFresh: true }), // no key is older than this process
    onEvent,
  })
  const api = protect(verify, (_request, response, verified) => answer(accounts, verified, response))
  const { session, enrol } = createEnrolment({ accounts, origin })

  const routes = { 'GET /session': session, 'POST /keys': enrol }
  server.on('request', (request, response) => {
    // Another name for this address may be a site that has rebound its name to loopback.
    if (request.headers.host !== new URL(origin).host) return sendJson(response, 421, { error: `open ${origin}` })
    if (request.url.startsWith('/api/')) return api(request, response)
    return (routes[`${request.method} ${request.url}`] ?? servePage)(request, response)
  })
  return { origin, close: () => closeServer(server) }
}

/** Everything is read from `verified`: it is exactly what was signed. */
function answer(accounts, verified, response) {
  const account = accounts.named(verified.principal)
  switch (`${verified.message.method} ${verified.message.path}`) {
    case 'GET /api/balance':
      return sendJson(response, 200, { balance: account.balance })
    case 'POST /api/transfers':
      return transfer(account, verified, response)
    default:
      return sendJson(response, 404, { error: 'no such resource' })
  }
}

function transfer(account, verified, response) {
  const order = readOrder(verified)
  if (order === undefined) {
    return sendJson(response, 400, { error: 'send { "to": a name, "amount": a whole number above 0 }' })
  }
  if (order.amount > account.balance) return sendJson(response, 409, { error: 'the balance is too low' })
  account.balance -= order.amount
  return sendJson(response, 200, { ...order, balance: account.balance })
}

/** A signature says who wrote the body, not that it makes sense. */
function readOrder(verified) {
  try {
    const { to, amount } = verified.json()
    const isName = typeof to === 'string' && to !== '' && to.length <= 40
    return isName && Number.isSafeInteger(amount) && amount > 0 ? { to, amount } : undefined
  } catch {
    return undefined
  }
}

async function closeServer(server) {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'

/**
 * A bank with one account. Only signed requests reach it, and each of them once:
 *
 *     POST /transfers?memo=rent   { "to": "bob", "amount": 100 }
 *     GET  /balance
 *
 * @param {object} options
 * @param {import('@countersign/core').VerifyingKey[]} options.keys who may use the account
 * @param {number} [options.port] 0 takes a free one
 * @param {number} [options.openingBalance]
 * @param {(request: import('@countersign/verifier').VerifiedRequest) => void} [options.onExecuted] told of each request that was let in
 * @param {import('@countersign/verifier/node').VerifierOptions['onEvent']} [options.onEvent] told of each request that was let in or refused, with the exact reason
 */
export async function startBank({ keys, port = 0, openingBalance = 1000, onExecuted = () => {}, onEvent = () => {} }) {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  const account = { balance: openingBalance }

  const verify = createVerifier({
    keys,
    origin, // what clients call this server: a signature for another server does not pass here
    replayStore: createMemoryReplayStore({ startsFresh: true }), // the keys are new: no earlier process knew them
    onEvent,
  })

  server.on(
    'request',
    protect(verify, (_request, response, verified) => {
      onExecuted(verified)
      const { status, content } = answer(account, verified)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
    }),
  )
  return { origin, close: () => closeServer(server) }
}

/** Everything is read from `verified`: it is exactly what was signed. */
function answer(account, verified) {
  const { method, path, query } = verified.message
  switch (`${method} ${path}`) {
    case 'GET /balance':
      return { status: 200, content: { balance: account.balance } }
    case 'POST /transfers':
      return transfer(account, verified, new URLSearchParams(query).get('memo'))
    default:
      return { status: 404, content: { error: 'no such resource' } }
  }
}

function transfer(account, verified, memo) {
  const order = readOrder(verified)
  if (order === undefined) return { status: 400, content: { error: 'send { "to": name, "amount": whole number }' } }
  if (order.amount > account.balance) return { status: 409, content: { error: 'the balance is too low' } }
  account.balance -= order.amount
  return { status: 200, content: { ...order, memo, balance: account.balance } }
}

/** A signature says who wrote the body, not that it makes sense. */
function readOrder(verified) {
  try {
    const { to, amount } = verified.json()
    return typeof to === 'string' && Number.isSafeInteger(amount) && amount > 0 ? { to, amount } : undefined
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

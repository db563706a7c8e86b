import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { startPageServer } from './page-server.mjs'

/**
 * A bank that pays, and then kills the connection instead of an answer, the first time. It knows the Idempotency-Key:
 * for a payment that it has made, it gives its first answer.
 *
 * @param {import('@countersign/core').VerifyingKey} key
 */
export async function startDyingBank(key) {
  /** @type {{ rawHeaders: readonly string[], nonce: string | undefined, idempotencyKey: string | undefined }[]} */
  const arrivals = []
  const runs = []
  const payments = new Map()
  let letIn = (_request, response) => response.destroy()
  const server = await startPageServer((request, response) => {
    if (request.url === '/warm') return response.end('warm')
    arrivals.push(arrivalOf(request))
    return letIn(request, response)
  })
  const origin = server.originOf('127.0.0.1')
  const verify = createVerifier({ keys: [key], origin, replayStore: createMemoryReplayStore({ startsFresh: true }) })
  letIn = protect(verify, (request, response) => {
    const payment = request.headers['idempotency-key'] ?? `payment ${payments.size}`
    runs.push(payment)
    if (payments.has(payment)) return response.end(JSON.stringify(payments.get(payment)))
    payments.set(payment, { paid: payments.size + 1 })
    request.socket.destroy()
  })
  return { origin, arrivals, runs, payments, close: server.close }
}

function arrivalOf({ rawHeaders, headers }) {
  const nonce = /;nonce="([^"]+)"/.exec(headers['signature-input'] ?? '')?.[1]
  return { rawHeaders, nonce, idempotencyKey: headers['idempotency-key'] }
}

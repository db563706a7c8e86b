import { once } from 'node:events'
import { createServer } from 'node:http'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'

const allowHeaders = 'content-type, content-digest, signature-input, signature, idempotency-key'

/**
 * An API for pages of other origins.
 *
 * @param {import('@countersign/core').VerifyingKey} key
 * @param {{ hosts: readonly string[], answersPreflights: boolean }} options
 */
export async function startCorsApi(key, { hosts, answersPreflights }) {
  /** @type {{ method: string, asks: string | undefined, isSigned: boolean }[]} */
  const arrivals = []
  const runs = []
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const originOf = (host) => `http://${host}:${server.address().port}`
  const verify = createVerifier({
    keys: [key],
    origin: hosts.map(originOf),
    replayStore: createMemoryReplayStore({ startsFresh: true }),
  })
  const preflight = (_request, response) => {
    const fields = { 'access-control-allow-methods': 'POST', 'access-control-allow-headers': allowHeaders }
    response.writeHead(204, fields).end()
  }
  const handle = protect(
    verify,
    (request, response) => {
      runs.push(request.method)
      response.end(JSON.stringify({ runs: runs.length }))
    },
    answersPreflights ? { onPreflight: preflight } : {},
  )
  server.on('request', (request, response) => {
    const asks = request.headers['access-control-request-headers']
    arrivals.push({ method: request.method, asks, isSigned: request.headers.signature !== undefined })
    response.setHeader('access-control-allow-origin', '*')
    return handle(request, response)
  })
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { originOf, arrivals, runs, close }
}

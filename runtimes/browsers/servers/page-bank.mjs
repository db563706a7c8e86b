import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { startPageServer } from './page-server.mjs'

/**
 * A server whose page and API have the same origin.
 *
 *     POST /pay      what was verified: the content type, and how many bytes
 *     GET  /balance  an answer that caches may keep for an hour
 *     GET  /moved    a redirect to /balance
 *
 * @param {import('@countersign/core').VerifyingKey} key
 */
export async function startPageBank(key) {
  /** @type {string[]} */
  const arrivals = []
  let letIn = (_request, response) => response.destroy()
  const server = await startPageServer((request, response) => {
    arrivals.push(`${request.method} ${request.url}`)
    return letIn(request, response)
  })
  const origin = server.originOf('127.0.0.1')
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  const verify = createVerifier({ keys: [key], origin, replayStore, maxBodyBytes: 4_000_000 })
  letIn = protect(verify, (request, response, { body }) => {
    if (request.url === '/moved') return response.writeHead(307, { location: '/balance' }).end()
    if (request.method === 'GET') response.setHeader('cache-control', 'private, max-age=3600, immutable')
    const type = request.headers['content-type']?.split(';')[0]
    response.end(JSON.stringify({ type, length: body.length, arrivals: arrivals.length }))
  })
  return { origin, arrivals, close: server.close }
}

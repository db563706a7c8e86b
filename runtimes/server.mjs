import { createServer } from 'node:http'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { buildSuite, suiteFiles } from './bundle.mjs'
import { sendAgain, wireOf } from './wire.mjs'

/** @typedef {import('./suite/task.ts').TaskKey} TaskKey */

/**
 * What is kept of one run: a runtime and one of its keys.
 *
 * @typedef {object} Run
 * @property {number} count how often the handler ran
 * @property {Buffer | undefined} wire the last request that was let in, as it stood on the wire
 */

/**
 * Starts the loopback server that the suite calls. README.md says what it answers.
 *
 * @param {object} options
 * @param {readonly TaskKey[]} options.keys
 * @param {readonly string[]} [options.hosts] names that are mapped to 127.0.0.1, beside that address
 * @param {boolean} [options.forgetful] a broken server that lets everything in twice: for the tests of the suite itself
 */
export async function startServer({ keys, hosts = [], forgetful = false }) {
  await buildSuite()
  const { importKeys } = await import(suiteFiles.esm)
  /** @type {Map<string, Run>} */
  const runs = new Map()
  const server = createServer((request, response) => listener(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const originOf = (host) => `http://${host}:${port}`
  const verify = createVerifier({
    keys: await importKeys(keys),
    replayStore: forgetful ? { claim: () => 'accepted' } : createMemoryReplayStore({ startsFresh: true }),
    origin: ['127.0.0.1', ...hosts].map(originOf),
  })
  const listener = createListener(runs, { verify, port })
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { port, originOf, close }
}

/**
 * @param {Map<string, Run>} runs
 * @param {{ verify: import('@countersign/verifier/node').Verifier, port: number }} options
 */
function createListener(runs, { verify, port }) {
  const letIn = protect(
    verify,
    (request, response, { keyId, body, json }) => {
      const run = runOf(runs, request)
      run.count++
      run.wire = wireOf(request, body)
      sendJson(response, { keyId, count: run.count, received: json() })
    },
    { onPreflight: (_request, response) => response.writeHead(204, preflightHeaders).end() },
  )
  return (request, response) => {
    // For pages of another origin, refusals included.
    response.setHeader('access-control-allow-origin', '*')
    const action = request.url.split('?')[0].split('/')[2]
    if (action === 'count') return sendJson(response, { count: runOf(runs, request).count })
    if (action === 'replay' && request.method === 'POST') {
      return sendAgain(runOf(runs, request).wire, port).then((answer) => sendJson(response, answer))
    }
    return letIn(request, response)
  }
}

const preflightHeaders = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type, content-digest, signature-input, signature',
}

/** The first segment of the path names the run. */
function runOf(runs, request) {
  const name = request.url.split('/')[1]
  if (!runs.has(name)) runs.set(name, { count: 0, wire: undefined })
  return runs.get(name)
}

function sendJson(response, value) {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/**
 * The task of the suite for a runtime.
 *
 * @param {import('./engines/runtime.mjs').Runtime} runtime
 * @param {{ originOf: (host: string) => string }} server
 * @param {{ keys: readonly TaskKey[], vectors: object }} options
 */
export function createTask(runtime, server, { keys, vectors }) {
  const { name, host = '127.0.0.1', capabilities } = runtime
  return { kind: 'suite', origin: server.originOf(host), run: name, keys, vectors, capabilities }
}

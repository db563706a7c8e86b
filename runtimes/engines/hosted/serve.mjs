// Runs in Node, Deno and Bun: serves with the server of the runtime, and prints the origin.

import { createHandler } from '../../dist/suite.mjs'
import { readInput } from './read-input.mjs'

const { keys } = JSON.parse(await readInput())
const hostname = '127.0.0.1'

/** The origin has the port, which is known once the server listens. */
let handler = async () => new Response('not ready', { status: 503 })
const listening = async (port) => {
  const origin = `http://${hostname}:${port}`
  handler = await createHandler(keys, origin)
  console.log(origin)
}

if (globalThis.Deno !== undefined) {
  globalThis.Deno.serve({ hostname, port: 0, onListen: ({ port }) => listening(port) }, (request) => handler(request))
} else if (globalThis.Bun !== undefined) {
  await listening(globalThis.Bun.serve({ hostname, port: 0, fetch: (request) => handler(request) }).port)
} else {
  const { serveNode } = await import('./serve-node.mjs')
  await serveNode(keys, hostname)
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import { bundleSuite } from '../../bundle.mjs'

const page = '<!doctype html><meta charset="utf-8"><title>Countersign</title><script src="/suite.js"></script>'

let bundling

/** The suite and the scenarios of this folder as one script, made once in a process. */
function bundlePage() {
  bundling ??= bundleSuite({
    entry: 'browsers/page/index.ts',
    conditions: ['browser'],
    platform: 'browser',
    format: 'iife',
  })
  return bundling
}

/**
 * Serves a page that holds the suite and does nothing by itself, at every name of 127.0.0.1.
 *
 * @param {import('node:http').RequestListener} [otherwise] answers everything else
 */
export async function startPageServer(otherwise = (_request, response) => response.writeHead(404).end()) {
  const script = await bundlePage()
  const server = createServer((request, response) => {
    if (request.url === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    if (request.url === '/suite.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    if (request.url === '/favicon.ico') return response.writeHead(204).end()
    return otherwise(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { originOf: (host) => `http://${host}:${port}`, close }
}

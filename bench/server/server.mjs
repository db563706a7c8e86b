/** A server in a process of its own: `node server.mjs KIND SECRET`, where a kind is one of the listeners below. */
import { createSecretKey, hash } from 'node:crypto'
import { createServer } from 'node:http'
import { hmacSha256, importVerifyingKey } from '@countersign/core'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect } from '@countersign/verifier/node'
import { createVerifier as createPeerVerifier, httpbis } from 'http-message-signatures'
import { components, keyId, origin } from '../message.mjs'

const [kind, secretText] = process.argv.slice(2)
const secret = Buffer.from(secretText, 'base64')

/** What each server does once it has the body. */
function answer(response, body) {
  const text = JSON.stringify({ received: body.length })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text)
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}

const listeners = {
  plain: async () => async (request, response) => answer(response, await bodyOf(request)),
  'plain, by events': async () => (request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => answer(response, Buffer.concat(chunks)))
  },
  countersign: async () => {
    const key = await importVerifyingKey(hmacSha256, { secret }, { keyId })
    const room = { maxEntries: 20_000_000, maxEntriesPerPrincipal: 20_000_000 }
    const replayStore = createMemoryReplayStore({ startsFresh: true, ...room })
    // The load is signed before it is sent.
    const verify = createVerifier({ keys: [key], origin, replayStore, maxAgeSeconds: 600 })
    return protect(verify, (_request, response, { body }) => answer(response, body))
  },
  'http-message-signatures': async () => {
    const trusted = {
      id: keyId,
      algs: ['hmac-sha256'],
      verify: createPeerVerifier(createSecretKey(secret), 'hmac-sha256'),
    }
    const config = { keyLookup: async () => trusted, requiredFields: components, maxAge: 600, tolerance: 10 }
    return async (request, response) => {
      const body = await bodyOf(request)
      const { method, headers, url } = request
      const digest = `sha-256=:${hash('sha256', body, 'base64')}:`
      const message = { method, headers, url: origin + url }
      if (headers['content-digest'] === digest && (await httpbis.verifyMessage(config, message))) answer(response, body)
      else response.writeHead(401).end()
    }
  },
}

const server = createServer(await listeners[kind]())
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', () => process.send({ cpu: process.cpuUsage() }))
process.on('disconnect', () => process.exit())

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSignedFetch, createVerifiedFetch, type VerifiedFetchOptions } from '@countersign/client'
import { ed25519, type GeneratedKey, generateKey } from '@countersign/core'
import { afterEach, beforeEach } from 'vitest'
import { createMemoryReplayStore, type VerifierOptions } from '../../src/index.ts'

/** Both sides of each test, with keys of their own. */
export interface Parties {
  client: GeneratedKey
  server: GeneratedKey
}

/** Makes fresh keys for each test. */
export function freshParties(): Parties {
  const parties = {} as Parties
  beforeEach(async () => {
    parties.client = await generateKey(ed25519, { keyId: 'alice' })
    parties.server = await generateKey(ed25519, { keyId: 'bank' })
  })
  return parties
}

/** A client that believes signed answers only. */
export function verifiedFetch({ client, server }: Parties, options: Partial<VerifiedFetchOptions> = {}): typeof fetch {
  const { signingKey: key } = client
  return createSignedFetch({ key, fetch: createVerifiedFetch({ keys: [server.verifyingKey], ...options }) })
}

/** What the verifiers of these tests are told. */
export function verifierOptions(
  { client }: Parties,
  origin: string,
): Pick<VerifierOptions, 'keys' | 'replayStore'> & { readonly origin: string } {
  return { keys: [client.verifyingKey], replayStore: createMemoryReplayStore({ startsFresh: true }), origin }
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Starts a server on a free loopback port. It stops by itself after the test. */
export async function listen(listener: (origin: string) => RequestListener): Promise<string> {
  let listening: RequestListener | undefined
  const server = createServer((request, response) => listening?.(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  listening = listener(origin)
  return origin
}

/** Serves a handler of the Fetch API from node:http, as Hono or srvx do. */
export function fetchListener(origin: string, handler: (request: Request) => Promise<Response>): RequestListener {
  return async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const method = incoming.method!
    const init = { method, headers: incoming.headers as Record<string, string> }
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.concat(chunks) }
    const response = await handler(new Request(origin + incoming.url!, { ...init, ...body }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  }
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ed25519, importVerifyingKey, type NamedJwk } from '@countersign/core'
import { createMemoryReplayStore } from '@countersign/verifier'
import { explainRefusals } from '@countersign/verifier/explain'
import { createVerifier, protect } from '@countersign/verifier/node'
import { afterAll } from 'vitest'

/** A server that lets each signed request in once, and keeps what it was sent. */
export interface Bank {
  readonly origin: string
  /** The bodies of the requests that were let in. */
  readonly executed: string[]
}

/** Starts a bank that trusts one public key. It stops with the test file. */
export async function startBank(publicJwk: NamedJwk): Promise<Bank> {
  const executed: string[] = []
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const verify = createVerifier({
    keys: [await importVerifyingKey(ed25519, { jwk: publicJwk })],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin,
    explain: explainRefusals(),
  })
  const handler = protect(verify, (_request, response, { keyId, body }) => {
    executed.push(Buffer.from(body).toString('utf8'))
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ keyId, received: body.length }))
  })
  server.on('request', handler)
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin, executed }
}

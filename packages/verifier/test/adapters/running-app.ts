import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMemoryReplayStore, type VerifierOptions } from '@countersign/verifier'
import { onTestFinished } from 'vitest'
import { trustedKeys } from '../attacks/keys.ts'
import { exchange, type RawResponse } from '../attacks/raw-http.ts'
import { type RawRequest, requestBytes } from '../attacks/raw-request.ts'
import { bankOrigin, type Shape, signedRequest } from '../attacks/signed-request.ts'

/** What every adapter can be told the same of. */
export async function bankOptions<Source>(
  more: Partial<VerifierOptions<Source>> = {},
): Promise<VerifierOptions<Source>> {
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  return { keys: await trustedKeys(), replayStore, origin: bankOrigin, ...more }
}

/** Serves until the test is over. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** The same for a listener alone. */
export function serve(listener: RequestListener): Promise<number> {
  return listen(createServer(listener))
}

/** Signs a request of now, by the real clock, and sends it. */
export function sendSigned(port: number, shape: Shape = {}): Promise<RawResponse> {
  return send(port, signedRequest(Math.floor(Date.now() / 1000), shape))
}

/** Sends a request as it is. */
export function send(port: number, request: RawRequest): Promise<RawResponse> {
  return exchange(port, requestBytes(request), { bodiless: request.method === 'HEAD' })
}

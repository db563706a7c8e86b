import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

/** A request as a server saw it on the wire. */
export interface SeenRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A server that keeps what it saw. It stops by itself after the test. */
export interface LoopbackServer {
  readonly origin: string
  readonly seen: SeenRequest[]
}

type Answer = (request: SeenRequest, response: ServerResponse) => void

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Starts a server on a free loopback port. */
export async function startServer(
  answer: Answer = (_request, response) => response.end('ok'),
): Promise<LoopbackServer> {
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const received = await receive(request)
    seen.push(received)
    answer(received, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function receive(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return {
    method: request.method!,
    target: request.url!,
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks),
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createVerifier, protect, type VerifierOptions } from '@countersign/verifier/node'
import { onTestFinished } from 'vitest'

/** A server on this machine. */
export interface TestServer {
  readonly origin: string
  /** How often the effect ran. */
  runs(): number
  /** Every request that reached it: its method and target. */
  readonly seen: readonly string[]
  /** All User-Agent fields. */
  readonly agents: ReadonlySet<string>
  close(): Promise<void>
}

/** Answers a request, and calls `run` for each effect. */
export type Listener = (request: IncomingMessage, response: ServerResponse, run: () => number) => unknown

/** Starts a server that counts its effects, and tells the count at /count. It ends with its test. */
export async function startServer(listener: (origin: string) => Listener, where: Where = {}): Promise<TestServer> {
  const server = await openServer(listener, where)
  onTestFinished(server.close)
  return server
}

/** Where a server listens. */
export interface Where {
  /** @default '127.0.0.1' */
  readonly host?: string
  /** Key and certificate in PEM. @default no TLS */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** The same, for whoever closes it. */
export async function openServer(listener: (origin: string) => Listener, where: Where = {}): Promise<TestServer> {
  const { host = '127.0.0.1', tls } = where
  let runs = 0
  const seen: string[] = []
  const agents = new Set<string>()
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const scheme = tls === undefined ? 'http' : 'https'
  const origin = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
  const answer = listener(origin)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    seen.push(`${request.method} ${request.url}`)
    agents.add(request.headers['user-agent'] ?? '')
    if (request.url === '/count') return void response.end(JSON.stringify({ count: runs }))
    return void answer(request, response, () => {
      runs += 1
      return runs
    })
  })
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin, runs: () => runs, seen, agents, close }
}

/** A server behind our own verifier, as its documentation says to build one. */
export function startHonestServer(
  options: Partial<VerifierOptions<IncomingMessage>> & Pick<VerifierOptions, 'keys'>,
  where: Where = {},
): Promise<TestServer> {
  return startServer((origin) => {
    const verify = createVerifier({ replayStore: createMemoryReplayStore({ startsFresh: true }), origin, ...options })
    return (request, response, run) =>
      protect(
        verify,
        (_request, answer, { body }) => {
          if (request.method === 'POST') JSON.parse(Buffer.from(body ?? new Uint8Array()).toString('utf8'))
          const id = run()
          answer.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id }))
        },
        { onError: () => {} },
      )(request, response)
  }, where)
}

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

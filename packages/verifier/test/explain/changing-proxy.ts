import { createServer, type IncomingMessage, request as send } from 'node:http'
import { listen } from '../adapters/running-app.ts'

/** A request as a proxy holds it. */
export interface Forwarded {
  readonly method: string
  readonly target: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Starts a proxy in front of a server, which changes each request that it passes on. */
export function startProxy(port: number, change: (request: Forwarded) => Partial<Forwarded>): Promise<number> {
  const server = createServer(async (incoming, response) => {
    const received = await receive(incoming)
    const { method, target, headers, body } = { ...received, ...change(received) }
    const { 'content-length': _length, 'transfer-encoding': _coding, connection: _connection, ...passed } = headers
    const length = body.length > 0 ? { 'content-length': String(body.length) } : {}
    const fields = { ...passed, ...length }
    const outgoing = send({ host: '127.0.0.1', port, method, path: target, headers: fields }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.end(body)
  })
  return listen(server)
}

async function receive(incoming: IncomingMessage): Promise<Forwarded> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const headers = incoming.headers as Record<string, string>
  return { method: incoming.method ?? '', target: incoming.url ?? '', headers, body: Buffer.concat(chunks) }
}

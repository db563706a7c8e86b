import { createHmac } from 'node:crypto'
import { bodyOf, startServer, type TestServer } from '../test-server.ts'

/** The key that says who asks. */
export const apiKey = 'sk_live_4f9d2c81e7aa'

const body = '{"to":"bob","amount":1}'

/** The parts of a request, as somebody signs them. */
interface Parts {
  readonly method: string
  readonly target: string
  readonly body: string
  readonly time: string
  readonly nonce: string
}

/** What a server with signatures of its own checks. */
export interface Scheme {
  readonly signed: (request: Parts) => string
  /** How many workers take turns, each of which remembers its own nonces. 0 remembers none. */
  readonly memories: number
  /** Whether another path than /transfers is told from a bad signature: before the signature is looked at, or after. */
  readonly router?: 'first' | 'last'
}

/** Signs all there is but the Content-Type. */
export function everything(parts: Parts): string {
  return [parts.method, parts.target, parts.time, parts.nonce, parts.body].join('\n')
}

function sign(text: string): string {
  return createHmac('sha256', 'a secret of the two').update(text).digest('hex')
}

/** Starts one. */
export function startHomeMade({ signed, memories, router }: Scheme): Promise<TestServer> {
  const workers = Array.from({ length: Math.max(memories, 1) }, () => new Set<string>())
  let turn = 0
  return startServer(() => async (request, response, run) => {
    const content = await bodyOf(request).catch(() => undefined)
    const field = (name: string): string => String(request.headers[name] ?? '')
    const [time, nonce] = [field('x-request-timestamp'), field('x-request-nonce')]
    const parts = { method: request.method ?? '', target: request.url ?? '', body: String(content), time, nonce }
    const used = workers[turn % workers.length] as Set<string>
    turn += 1
    const isThere = request.url === '/transfers'
    const answer = (status: number, said: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    }
    if (router === 'first' && !isThere) return answer(404, { error: 'nothing here' })
    const isGood =
      content !== undefined &&
      field('x-api-key') === apiKey &&
      Math.abs(Date.now() / 1000 - Number(time)) <= 300 &&
      field('x-api-signature') === sign(signed(parts)) &&
      !used.has(nonce)
    if (!isGood) return answer(401, { error: 'no' })
    if (memories > 0) used.add(nonce)
    if (router === 'last' && !isThere) return answer(404, { error: 'nothing here' })
    answer(201, { id: run() })
  })
}

/** A request as a browser or a log keeps it, in a curl command. */
export function captured(server: TestServer, { signed }: Scheme): string {
  const time = String(Math.floor(Date.now() / 1000))
  const parts = { method: 'POST', target: '/transfers', body, time, nonce: 'n-81f2c9d04b' }
  return `curl '${server.origin}/transfers' \\
    -H 'X-API-Key: ${apiKey}' -H 'X-Request-Timestamp: ${parts.time}' -H 'X-Request-Nonce: ${parts.nonce}' \\
    -H 'X-API-Signature: ${sign(signed(parts))}' -H 'Content-Type: application/json' --data-raw '${body}'`
}

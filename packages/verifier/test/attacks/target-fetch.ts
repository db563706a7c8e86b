import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createVerifier, protect } from '@countersign/verifier'
import { type AttackTarget, prepareTarget } from './target.ts'

/**
 * The adapter for the Fetch API, behind the least that turns a request of `node:http` into a `Request`. What is
 * lost on the way is lost in every such bridge: the constructors of `Headers` and `Request` lose it.
 */
export const fetchTarget: AttackTarget = {
  name: 'Fetch API',
  losses: new Set(['field-lines', 'url-text']),
  async start(options = {}) {
    const target = await prepareTarget(options)
    const verify = createVerifier(target.verifierOptions((request, name) => request.headers.get(name) ?? ''))
    const handler = protect(verify, async (request, verified) => {
      const delivered = {
        method: request.method,
        target: request.url.replace(/^http:\/\/[^/]*/, ''),
        body: verified.body.length === 0 ? new Uint8Array(0) : new Uint8Array(await request.arrayBuffer()),
      }
      const { status, body } = target.handle(verified, delivered)
      return new Response(body, { status, headers: { 'content-type': 'application/json' } })
    })
    const { maxHeaderBytes } = options
    const server = createServer(maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes })
    server.on('request', (request, response) => {
      bridge(handler, request, response).catch((error) => {
        target.fail(error)
        return answer(response, new Response(null, { status: 500 }))
      })
    })
    return target.listen(server)
  },
}

/** Gives a handler of the Fetch API a request of `node:http`. */
export async function bridge(
  handler: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let request: Request
  try {
    request = requestOf(incoming)
  } catch {
    // A target that makes no URL is no request at all for the Fetch API.
    await answer(response, new Response(null, { status: 400 }))
    return
  }
  await answer(response, await handler(request))
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '', rawHeaders } = incoming
  const headers = new Headers()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string)
  }
  // The constructor refuses a body on these two.
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const init = { method, headers, ...(hasBody ? { body: bodyOf(incoming), duplex: 'half' } : {}) }
  return new Request(`http://127.0.0.1:${incoming.socket.localPort}${url}`, init as RequestInit)
}

/** Reads only when asked to, so that an unread body stays in the socket. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(new Uint8Array(next.value as Buffer))
      },
      async cancel() {
        await chunks.return?.(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Sends what a handler of the Fetch API answered. */
export async function answer(outgoing: ServerResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer())
  if (outgoing.destroyed) return
  // The rest of a refused body is read and dropped, so that the answer does not depend on how much has come yet.
  outgoing.req.resume()
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body)
}

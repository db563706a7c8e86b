import { SignatureError } from '@countersign/core'

/** As many as browsers follow (Fetch standard, HTTP-redirect fetch). */
const maximumRedirects = 20

const redirectStatuses: ReadonlySet<number> = /* @__PURE__ */ new Set([301, 302, 303, 307, 308])

/** Signs one request anew and sends it, without following a redirect. */
export type SendOnce = (request: Request) => Promise<Response>

/**
 * Follows redirects within one origin, and signs each hop anew. Platforms forward Signature fields to
 * whatever Location says, so another origin is refused.
 *
 * @param request whose body is still unread.
 * @throws SignatureError `redirect_refused`
 */
export async function followRedirects(request: Request, send: SendOnce): Promise<Response> {
  let next = request
  for (let hops = 0; hops <= maximumRedirects; hops++) {
    // A second hop may need the body again.
    const response = await send(next.clone())
    const target = redirectTarget(next, response)
    if (target === undefined) return response
    await response.body?.cancel()
    next = redirectedRequest(next, response.status, target)
  }
  throw new SignatureError('redirect_refused', `over ${maximumRedirects} redirects`)
}

/** Where a response sends the request on to; undefined when it is final. */
function redirectTarget(request: Request, response: Response): string | undefined {
  if (response.type === 'opaqueredirect') {
    throw new SignatureError('redirect_refused', 'browsers hide where a redirect leads: call the final URL')
  }
  const location = response.headers.get('location')
  if (!redirectStatuses.has(response.status) || location === null) return undefined
  const target = new URL(location, request.url)
  if (target.origin === new URL(request.url).origin) return target.href
  throw new SignatureError('redirect_refused', 'the Location names another origin: call it with its own signedFetch')
}

/** The method and body of the next hop (Fetch standard, HTTP-redirect fetch, steps 12 to 14). */
function redirectedRequest(request: Request, status: number, url: string): Request {
  const becomesGet =
    status === 303
      ? request.method !== 'GET' && request.method !== 'HEAD'
      : (status === 301 || status === 302) && request.method === 'POST'
  if (!becomesGet) return new Request(url, request)
  const headers = new Headers(request.headers)
  for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']) {
    headers.delete(name)
  }
  const { signal, credentials, cache, mode, redirect, referrerPolicy, integrity, keepalive } = request
  const kept = { signal, credentials, cache, mode, redirect, referrerPolicy, integrity, keepalive }
  return new Request(url, { ...kept, method: 'GET', headers })
}

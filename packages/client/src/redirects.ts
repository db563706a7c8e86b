import { type Bytes, SignatureError } from '@countersign/core'

/** As many as browsers follow (Fetch standard, HTTP-redirect fetch). */
const maximumRedirects = 20

const redirectStatuses: ReadonlySet<number> = /* @__PURE__ */ new Set([301, 302, 303, 307, 308])

/** A request, and its body as it was read once. */
export interface Hop {
  readonly request: Request
  readonly body: Bytes | undefined
}

/**
 * Follows redirects within one origin, and signs each hop anew. Platforms forward Signature fields to
 * whatever Location says, so another origin is refused.
 *
 * @param send signs and sends one hop, without following a redirect.
 * @throws SignatureError `redirect_refused`
 */
export async function followRedirects(first: Hop, send: (hop: Hop) => Promise<Response>): Promise<Response> {
  let hop = first
  for (let hops = 0; hops <= maximumRedirects; hops++) {
    const response = await send(hop)
    const target = redirectTarget(hop.request, response)
    if (target === undefined) return response
    await response.body?.cancel()
    hop = nextHop(hop, response.status, target)
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
function nextHop({ request, body }: Hop, status: number, url: string): Hop {
  const becomesGet =
    status === 303
      ? request.method !== 'GET' && request.method !== 'HEAD'
      : (status === 301 || status === 302) && request.method === 'POST'
  const headers = new Headers(request.headers)
  if (becomesGet) for (const name of contentFields) headers.delete(name)
  const { signal, credentials, cache, mode, redirect, referrerPolicy, integrity, keepalive } = request
  const kept = { signal, credentials, cache, mode, redirect, referrerPolicy, integrity, keepalive }
  const method = becomesGet ? 'GET' : request.method
  return { request: new Request(url, { ...kept, method, headers }), body: becomesGet ? undefined : body }
}

/** What says something of a body that is no longer there ("request-body-header names" of the Fetch standard). */
const contentFields = ['content-encoding', 'content-language', 'content-location', 'content-type'] as const

import type { Hop } from './body/hop.ts'

/** What becomes of a redirect within the origin. One to another origin is refused in any case. */
export type RedirectMode = 'follow-same-origin' | 'error'

/** As many as browsers follow (Fetch standard, HTTP-redirect fetch). */
const maximumRedirects = 20

const redirectStatuses: ReadonlySet<number> = /* @__PURE__ */ new Set([301, 302, 303, 307, 308])

/** What {@link nextHop} goes by. */
export interface RedirectOptions {
  readonly mode: RedirectMode
  /** Redirects that were followed before. */
  readonly followed: number
}

/**
 * Finds out where a response sends a request on to, within its origin. Platforms forward Signature fields to whatever
 * Location says, so another origin is refused. Browsers hide where a redirect leads: there, all are refused.
 *
 * It is loaded at the first redirect.
 *
 * @returns undefined when the response is final; a text that says why a redirect is refused.
 */
export function nextHop(hop: Hop, response: Response, options: RedirectOptions): Hop | string | undefined {
  if (response.type === 'opaqueredirect') return 'browsers hide where a redirect leads: call the final URL'
  const location = response.headers.get('location')
  if (!redirectStatuses.has(response.status) || location === null) return undefined
  // Not waited for: the end of a body that nobody reads may never come.
  void response.body?.cancel().catch(() => {})
  const target = new URL(location, hop.request.url)
  if (target.origin !== new URL(hop.request.url).origin) {
    return 'the Location names another origin: call it with its own signedFetch'
  }
  if (options.mode === 'error') return 'the option redirect is "error"'
  if (options.followed >= maximumRedirects) return `over ${maximumRedirects} redirects`
  return hopTo(target.href, hop, response.status)
}

/** The method and body of the next hop (Fetch standard, HTTP-redirect fetch, steps 12 to 14). */
function hopTo(url: string, hop: Hop, status: number): Hop {
  const { request } = hop
  const becomesGet =
    status === 303
      ? request.method !== 'GET' && request.method !== 'HEAD'
      : (status === 301 || status === 302) && request.method === 'POST'
  const headers = new Headers(request.headers)
  if (becomesGet) for (const name of contentFields) headers.delete(name)
  const { signal, credentials, cache, mode, redirect, referrerPolicy, integrity, keepalive } = request
  const kept = { signal, credentials, cache, mode, redirect, referrerPolicy, integrity, keepalive }
  const method = becomesGet ? 'GET' : request.method
  const content = becomesGet ? { content: undefined, contentDigest: undefined } : {}
  return { ...hop, ...content, request: new Request(url, { ...kept, method, headers }) }
}

/** What says something of a body that is no longer there ("request-body-header names" of the Fetch standard). */
const contentFields = ['content-encoding', 'content-language', 'content-location', 'content-type'] as const

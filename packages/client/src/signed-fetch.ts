import { SignatureError } from '@countersign/core'
import type { Hop } from './body/hop.ts'
import { readHop } from './body/read-hop.ts'
import { checkOptions, type SignedFetchOptions } from './options.ts'
import type { Refusal, Revision } from './recovery/recovery.ts'
import type { RedirectMode } from './redirects.ts'
import { signHop } from './sign-request.ts'

/**
 * Makes a `fetch` that signs each request: method, authority, path, query, body, credentials, a
 * timestamp and a fresh nonce. It takes what `fetch` takes.
 *
 *     const signedFetch = createSignedFetch({ key })
 *     await signedFetch('https://bank.example/transfers', { method: 'POST', body })
 *
 * A redirect within the origin is signed anew; another origin is refused with `redirect_refused`. A refusal of the
 * server is a Response like any other: `readProblem()` says why.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createSignedFetch(options: SignedFetchOptions): typeof fetch {
  const profile = checkOptions(options)
  const { clock = Date.now, random, retry, redirect = 'follow-same-origin' } = profile
  const attempt = attemptWith(profile, clock)
  return async (input, init) => {
    const first = await readHop(input, init, profile)
    const follows = first.request.redirect === 'follow'
    const call: Call = { init: platformInit(init), redirect: follows ? 'manual' : first.request.redirect }
    const persist = retry?.(first, { clock, random })
    const send = (hop: Hop): Promise<Response> =>
      persist === undefined ? attempt(hop, call) : persist(hop, (again, onSend) => attempt(again, call, onSend))
    return follows ? followRedirects(first, redirect, send) : send(first)
  }
}

/** Signs each hop anew. */
async function followRedirects(
  first: Hop,
  mode: RedirectMode,
  send: (hop: Hop) => Promise<Response>,
): Promise<Response> {
  let hop = first
  for (let followed = 0; ; followed++) {
    const response = await send(hop)
    const { status } = response
    // An opaque redirect has the status 0.
    if (status >= 400 || (status < 300 && status > 0)) return response
    const { nextHop } = await import('./redirects.ts')
    const next = nextHop(hop, response, { mode, followed })
    if (next === undefined) return response
    if (typeof next === 'string') throw new SignatureError('redirect_refused', next)
    hop = next
  }
}

/** How the requests of one call are sent. */
interface Call {
  readonly init: RequestInit | undefined
  readonly redirect: RequestRedirect
}

/** Makes the function that signs and sends one hop, and does what can be done about a 401. */
function attemptWith(profile: SignedFetchOptions, clock: () => number) {
  const { key, fetch: send = defaultFetch, challenges, clockSkew = {} } = profile
  const maxSkewSeconds = clockSkew === false ? 0 : (clockSkew.maxSeconds ?? 300)
  const clockOffsets = new Map<string, number>()
  return async (hop: Hop, { init, redirect }: Call, onSend?: () => void): Promise<Response> => {
    const sendOnce = async (revision?: Revision): Promise<Refusal> => {
      const clockOffset = clockOffsets.size === 0 ? 0 : (clockOffsets.get(new URL(hop.request.url).origin) ?? 0)
      const corrected = { ...profile, clock: () => clock() + clockOffset }
      const signed = await signHop(hop, corrected, { revise: revision, redirect })
      onSend?.()
      return { response: await send(signed.request, init), signed, key, revision, clockOffset }
    }
    const answered = await sendOnce()
    if (answered.response.status !== 401 || (maxSkewSeconds === 0 && challenges === undefined)) return answered.response
    const { recover } = await import('./recovery/recover.ts')
    return recover(answered, { send: sendOnce, challenges, clock, clockOffsets, maxSkewSeconds })
  }
}

const defaultFetch: typeof fetch = (input, init) => globalThis.fetch(input, init)

/**
 * What only the platform understands, such as `dispatcher` of Node or `next` of Next.js. Everything
 * that a Request holds is in the signed request, and must not be said twice.
 */
function platformInit(init: RequestInit | undefined): RequestInit | undefined {
  if (init === undefined) return undefined
  const { method: _method, headers: _headers, body: _body, redirect: _redirect, ...rest } = init
  return rest
}

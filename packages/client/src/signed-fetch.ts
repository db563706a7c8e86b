import { createSignatureInput, digestAlgorithms, refuseUnknownOptions } from '@countersign/core'
import { readBody } from './body.ts'
import { followRedirects, type Hop } from './redirects.ts'
import { type SigningProfile, signBody } from './sign-request.ts'

/** What {@link createSignedFetch} is told. */
export interface SignedFetchOptions extends SigningProfile {
  /** Sends the signed request. @default the `fetch` of the platform, looked up at each call */
  readonly fetch?: typeof fetch
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof SignedFetchOptions, true>> = {
  key: true,
  fetch: true,
  clock: true,
  random: true,
  expiresAfterSeconds: true,
  digestAlgorithms: true,
  components: true,
  tag: true,
  label: true,
}

/**
 * Makes a `fetch` that signs each request: method, authority, path, query, body, credentials, a
 * timestamp and a fresh nonce. It takes what `fetch` takes.
 *
 *     const signedFetch = createSignedFetch({ key })
 *     await signedFetch('https://bank.example/transfers', { method: 'POST', body })
 *
 * A redirect within the origin is signed anew; another origin is refused with `redirect_refused`.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createSignedFetch(options: SignedFetchOptions): typeof fetch {
  const { fetch: send = defaultFetch, ...profile } = checkOptions(options)
  return async (input, init) => {
    const request = new Request(input, readableInit(init))
    const first: Hop = { request, body: await readBody(request) }
    const sendSigned = async (hop: Hop, redirect: RequestRedirect): Promise<Response> => {
      const signed = await signBody(hop.request, hop.body, profile)
      return send(new Request(signed.request, { redirect }), platformInit(init))
    }
    if (request.redirect !== 'follow') return sendSigned(first, request.redirect)
    return followRedirects(first, (hop) => sendSigned(hop, 'manual'))
  }
}

const defaultFetch: typeof fetch = (input, init) => globalThis.fetch(input, init)

/** A stream needs `duplex`, and the body is read before it is sent anyhow. */
function readableInit(init: RequestInit | undefined): RequestInit | undefined {
  return init?.body instanceof ReadableStream ? ({ duplex: 'half', ...init } as RequestInit) : init
}

/**
 * What only the platform understands, such as `dispatcher` of Node or `next` of Next.js. Everything
 * that a Request holds is in the signed request, and must not be said twice.
 */
function platformInit(init: RequestInit | undefined): RequestInit | undefined {
  if (init === undefined) return undefined
  const { method: _method, headers: _headers, body: _body, redirect: _redirect, ...rest } = init
  return rest
}

function checkOptions(options: SignedFetchOptions): SignedFetchOptions {
  refuseUnknownOptions('createSignedFetch', options, Object.keys(knownOptions))
  const { key, expiresAfterSeconds = 60 } = options
  if (typeof key?.sign !== 'function' || typeof key.keyId !== 'string') {
    throw new TypeError('createSignedFetch needs { key }: make one with importSigningKey() or generateKey()')
  }
  if (expiresAfterSeconds !== false && !(Number.isInteger(expiresAfterSeconds) && expiresAfterSeconds > 0)) {
    throw new TypeError('expiresAfterSeconds must be a whole number of seconds above 0, or false')
  }
  const { components = [], tag, digestAlgorithms: digests = ['sha-256'] } = options
  if (digests.length === 0 || !digests.every((name) => digestAlgorithms.includes(name))) {
    throw new TypeError('digestAlgorithms must be sha-256, sha-512 or both')
  }
  try {
    createSignatureInput(components, tag === undefined ? {} : { tag })
  } catch (cause) {
    throw new TypeError(`components and tag: ${(cause as Error).message}`, { cause })
  }
  return Object.freeze({ ...options })
}

import type { FetchRequest } from '@countersign/core'
import type { ResponseVerifierOptions } from './policy.ts'
import { sentRequest } from './sent-request.ts'
import { createResponseVerifier, type VerifiedResponse } from './verify-response.ts'

/** What {@link createVerifiedFetch} is told. */
export interface VerifiedFetchOptions extends ResponseVerifierOptions {
  /** Sends the signed request. @default the `fetch` of the platform, looked up at each call */
  readonly fetch?: typeof fetch
}

/**
 * Makes a `fetch` for signed requests that hands out verified responses only. Give it to `createSignedFetch`:
 *
 *     const signedFetch = createSignedFetch({ key, fetch: createVerifiedFetch({ keys: [serverKey] }) })
 *
 * Every response is verified, redirects and refusals included. One that is not believed is thrown as a
 * `SignatureError`; the server may have executed the request all the same. Of a response only the body and the covered
 * fields were signed.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type. The `fetch` throws one for a
 * request that is not signed, before anything is sent.
 */
export function createVerifiedFetch(options: VerifiedFetchOptions): typeof fetch {
  const { fetch: send = defaultFetch, ...policy } = options
  const verify = createResponseVerifier(policy)
  return async (input, init) => {
    const request = requestOf(input, init)
    sentRequest(request)
    const response = await send(input, init)
    try {
      return responseOf(await verify(request, response), response)
    } catch (error) {
      // Who aborts a fetch expects the reason of the abort.
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
      signal?.throwIfAborted()
      throw error
    }
  }
}

const defaultFetch: typeof fetch = (input, init) => globalThis.fetch(input, init)

/** Method, URL and fields as they are sent, whoever of the two names them. The body stays where it is. */
function requestOf(input: RequestInfo | URL, init: RequestInit | undefined): FetchRequest {
  const { url, method, headers }: Partial<Request> = input instanceof Request ? input : {}
  const named: RequestInit = {}
  const namedMethod = init?.method ?? method
  const namedHeaders = init?.headers ?? headers
  if (namedMethod !== undefined) named.method = namedMethod
  if (namedHeaders !== undefined) named.headers = namedHeaders
  return new Request(url ?? (input as string | URL), named)
}

/** Another Response with the bytes that were verified. Its `url` is that of the first. */
function responseOf({ body }: VerifiedResponse, response: Response): Response {
  const { status, statusText, headers, url } = response
  const copy = new Response(body.length === 0 ? null : body, { status, statusText, headers })
  return Object.defineProperty(copy, 'url', { value: url, enumerable: true })
}

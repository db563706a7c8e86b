import { createRequestMessage, createResponseMessage, type RequestMessage, type ResponseMessage } from './message.ts'

/** The part of a Fetch API `Request` that is read. */
export interface FetchRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
}

/** The part of a Fetch API `Response` that is read. */
export interface FetchResponse {
  readonly status: number
  readonly headers: Headers
}

/**
 * Takes the snapshot of a Fetch API `Request`. Its URL is already as the platform sends it. Its body is not touched.
 *
 * @throws SignatureError `malformed_message`
 */
export function requestMessageOf(request: FetchRequest): RequestMessage {
  return createRequestMessage({ method: request.method, url: request.url, headers: request.headers })
}

/**
 * Takes the snapshot of a Fetch API `Response`.
 *
 * @param request the request that it answers, where components of it are covered too.
 */
export function responseMessageOf(response: FetchResponse, request?: RequestMessage): ResponseMessage {
  const parts = { status: response.status, headers: response.headers }
  return createResponseMessage(request === undefined ? parts : { ...parts, request })
}

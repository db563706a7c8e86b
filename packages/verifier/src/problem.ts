import type { SignatureError } from '@countersign/core'
import { httpStatus, type RefusalKind, refusalKinds } from './http-status.ts'

/** What a client is told (RFC 9457). It is coarse on purpose. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  /** For programs: see {@link RefusalKind}. */
  readonly code: RefusalKind
  /** The clock of the server in Unix seconds, where the time was the problem, and in every challenge. */
  readonly serverTime?: number
  /** How the server saw the signatures, where it was told to `explain`. */
  readonly explanation?: object
}

/** A refusal as an HTTP response, for any framework. */
export interface ProblemResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const titles: Readonly<Record<RefusalKind, string>> = {
  missing: 'The request is not signed: send Signature-Input and Signature (RFC 9421)',
  malformed: 'The signature fields cannot be read, or do not fit the request',
  insufficient: 'The signature is not enough for this request: see Accept-Signature, or the profile of this API',
  stale: 'The signature is too old, or from the future: check the clock and sign anew',
  invalid: 'The signature is not valid for this request',
  replayed: 'This signed request was accepted before: sign each attempt anew',
  'too-large': 'The request is larger than this server accepts',
  unavailable: 'The server cannot tell right now whether the request is new. Nothing was executed: try again later',
}

/** Turns a refusal into a response. */
export function problemOf(error: SignatureError): ProblemResponse {
  const code = refusalKinds[error.code]
  const status = httpStatus(error.code)
  const details: ProblemDetails = {
    type: `urn:countersign:problem:${code}`,
    title: titles[code],
    status,
    code,
    ...(error.serverTime === undefined ? {} : { serverTime: error.serverTime }),
    ...(error.explanation === undefined ? {} : { explanation: error.explanation }),
  }
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  }
  // RFC 9110 15.5.2 asks for a challenge with every 401.
  if (status === 401) headers['www-authenticate'] = 'Signature'
  if (error.acceptSignature !== undefined) headers['accept-signature'] = error.acceptSignature
  if (status === 503) headers['retry-after'] = String(error.retryAfterSeconds ?? 1)
  return { status, headers, body: JSON.stringify(details) }
}

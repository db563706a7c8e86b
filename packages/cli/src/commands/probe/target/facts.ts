import type { FieldLine } from '@countersign/core'
import { fieldValues, type RawRequest } from '../../../messages/raw-message.ts'

/** The fields of a signing scheme of somebody's own, by the names that the request uses. */
export interface HomeMadeFields {
  readonly signature: string | undefined
  readonly timestamp: string | undefined
  readonly nonce: string | undefined
}

/** What kind of request is probed: the cases go by it. */
export interface Facts {
  /** The probe has a key, and signs as many fresh requests as it needs. */
  readonly keyed: boolean
  readonly signed: 'rfc9421' | 'home-made' | 'none'
  readonly homeMade: HomeMadeFields
  /** Something says who asks: a key, a token, a cookie. */
  readonly credential: boolean
  readonly method: string
  /** RFC 9110 9.2.1: asking twice is meant to do no harm. */
  readonly safe: boolean
  readonly body: boolean
  readonly contentType: boolean
  /** The parameters of the query, as they stand there. */
  readonly query: readonly string[]
}

/** Names that people give to the fields of their own schemes, in lower case. */
const recognised = {
  signature:
    /^(?:x-)?(?:[a-z]+-)?(?:api-|request-|hub-|hmac-|webhook-)?(?:signature|sig|hmac|sign)(?:-(?:256|sha256|v\d))?$/,
  timestamp: /^(?:x-)(?:[a-z]+-)*(?:timestamp|time|date)$|^webhook-timestamp$/,
  nonce: /^(?:x-)(?:[a-z]+-)*nonce$|^(?:nonce|webhook-id)$/,
} as const

/** What the fields of a home-made scheme are called, where they are not recognised. */
export interface FieldNames {
  readonly signatureHeader?: string
  readonly timestampHeader?: string
  readonly nonceHeader?: string
}

/** Recognises the fields of a home-made scheme. A name that was given wins. */
export function homeMadeFields(headers: readonly FieldLine[], names: FieldNames): HomeMadeFields {
  const find = (given: string | undefined, pattern: RegExp): string | undefined =>
    headers.find(([name]) => (given === undefined ? pattern.test(name.toLowerCase()) : isNamed(name, given)))?.[0]
  const signature = find(names.signatureHeader, recognised.signature)
  // Without a signature, a request id is none of a scheme.
  if (signature === undefined) return { signature, timestamp: undefined, nonce: undefined }
  return {
    signature,
    timestamp: find(names.timestampHeader, recognised.timestamp),
    nonce: find(names.nonceHeader, recognised.nonce),
  }
}

/** The facts of a request. */
export function factsOf(request: RawRequest, keyed: boolean, names: FieldNames): Facts {
  const { method, target, headers, body } = request
  const isStandard = keyed || fieldValues(headers, 'signature-input').length > 0
  const homeMade = isStandard ? noFields : homeMadeFields(headers, names)
  const query = /\?(.*)$/s.exec(target)?.[1] ?? ''
  return {
    keyed,
    signed: isStandard ? 'rfc9421' : homeMade.signature === undefined ? 'none' : 'home-made',
    homeMade,
    credential: keyed || headers.some(([name]) => isCredential(name)) || query.split('&').some(isSecretParameter),
    method,
    safe: ['GET', 'HEAD', 'OPTIONS'].includes(method),
    body: body.length > 0,
    contentType: fieldValues(headers, 'content-type').length > 0,
    query: query === '' ? [] : query.split('&'),
  }
}

/** The fields of no scheme of somebody's own. */
export const noFields: HomeMadeFields = { signature: undefined, timestamp: undefined, nonce: undefined }

/** Whether a field tells who asks, or proves it: its value is shown nowhere. An Idempotency-Key does neither. */
export function isCredential(name: string): boolean {
  if (/^(?:x-)?idempotency-key$/i.test(name)) return false
  return /authorization|cookie|api-?key|token|secret|password|signature|hmac|^x-sign?$|credential|session|^x-auth|-key$/i.test(
    name,
  )
}

/** Whether a parameter of a query holds a secret. */
export function isSecretParameter(parameter: string): boolean {
  return /^[^=]*(?:key|token|secret|password|signature|sig|auth|session|code)[^=]*=/i.test(parameter)
}

function isNamed(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase()
}

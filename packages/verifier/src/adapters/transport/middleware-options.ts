import { refuseUnknownOptions } from '@countersign/core'

/** What the middleware of any framework can be told. */
export interface MiddlewareOptions {
  /**
   * Passes CORS preflights on unsigned, for routes that answer them: a browser cannot sign one. Better is a CORS
   * middleware before verification, which answers them all, so that no route ever sees one.
   *
   * @default false
   */
  readonly allowPreflight?: boolean
}

/** The value of a field by its lower-case name; undefined or null where there is none. */
export type FieldReader = (name: string) => unknown

/**
 * Makes of the options what says whether a request is passed on unsigned.
 *
 * @throws TypeError for an option that there is not, or of a wrong type.
 */
export function middlewareOptions(options: MiddlewareOptions): (method: string, fieldOf: FieldReader) => boolean {
  refuseUnknownOptions('protect', options, ['allowPreflight'])
  const { allowPreflight = false } = options
  if (typeof allowPreflight !== 'boolean') throw new TypeError('allowPreflight must be true or false')
  return (method, fieldOf) => allowPreflight && isPreflight(method, fieldOf)
}

/**
 * Whether a request is a CORS preflight, and nothing else: `OPTIONS` with `Origin` and
 * `Access-Control-Request-Method` (https://fetch.spec.whatwg.org/#cors-preflight-request), without a body.
 */
function isPreflight(method: string, fieldOf: FieldReader): boolean {
  const has = (name: string): boolean => (fieldOf(name) ?? undefined) !== undefined
  if (method !== 'OPTIONS' || !has('origin') || !has('access-control-request-method')) return false
  return !has('transfer-encoding') && Number(fieldOf('content-length') ?? 0) === 0
}

/** The value of a field by its lower-case name; undefined or null where there is none. */
export type FieldReader = (name: string) => unknown

/**
 * Whether a request is a CORS preflight, and nothing else: `OPTIONS` with `Origin` and
 * `Access-Control-Request-Method` (https://fetch.spec.whatwg.org/#cors-preflight-request), without a body.
 */
export function isPreflight(method: string, fieldOf: FieldReader): boolean {
  const has = (name: string): boolean => (fieldOf(name) ?? undefined) !== undefined
  if (method !== 'OPTIONS' || !has('origin') || !has('access-control-request-method')) return false
  return !has('transfer-encoding') && Number(fieldOf('content-length') ?? 0) === 0
}

import { type ComponentIdentifier, component, type RequestMessage } from '@countersign/core'

/** What was asked for. Signature-Input holds nonce and time of the request: no other request has the same. */
const always = ['@method', '@authority', '@path', '@query', 'signature-input'] as const

/** What the profile makes a client sign where it is present. */
const whenPresent = ['content-digest', 'content-type', 'content-encoding', 'authorization', 'idempotency-key'] as const

/**
 * The components of a request that the signature of its response covers, with `req` (RFC 9421 2.4): all that the
 * request's own signature covers by the profile, and Signature-Input.
 *
 * The RFC recommends not to cover Signature and Signature-Input, since a signature over a signature says nothing of
 * what that one covers. Here everything that it covers is covered by name as well, Signature is left out, and
 * Signature-Input is what 7.3.7 names to tell one request from another.
 */
export function requestComponents(request: RequestMessage): readonly ComponentIdentifier[] {
  const names = [...always, ...whenPresent.filter((name) => request.headers.has(name))]
  return names.map((name) => component(name, { req: true }))
}

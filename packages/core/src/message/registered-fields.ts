import type { FieldType } from '../structured-fields/types.ts'

/** The structured types of fields by lower-case name: what `sf` needs to know (RFC 9421 2.1.1). */
export type FieldTypes = Readonly<Record<string, FieldType>>

/**
 * The structured fields that a published specification defines. A field of a draft is not among them, since
 * its type can still change; nor is one that only looks structured, such as Cache-Control, since there are
 * values of it that no parser of structured fields takes.
 *
 * Where both sides have agreed upon others, spread it:
 *
 *     const fieldTypes: FieldTypes = { ...registeredFields, 'x-mine': 'list' }
 */
export const registeredFields: FieldTypes = /* @__PURE__ */ Object.freeze({
  // RFC 8942 3.1
  'accept-ch': 'list',
  // RFC 9209 2
  'proxy-status': 'list',
  // RFC 9211 2
  'cache-status': 'list',
  // RFC 9213 2.1 and 3
  'cdn-cache-control': 'dictionary',
  // RFC 9218 5
  priority: 'dictionary',
  // RFC 9297 3.4
  'capsule-protocol': 'item',
  // RFC 9421 4.1, 4.2 and 5.1
  'signature-input': 'dictionary',
  signature: 'dictionary',
  'accept-signature': 'dictionary',
  // RFC 9440 2.2 and 2.3
  'client-cert': 'item',
  'client-cert-chain': 'list',
  // RFC 9530 2, 3 and 4
  'content-digest': 'dictionary',
  'repr-digest': 'dictionary',
  'want-content-digest': 'dictionary',
  'want-repr-digest': 'dictionary',
  // RFC 9652 2
  'link-template': 'list',
  // RFC 9729 6.2 and 9.3
  'concealed-auth-export': 'item',
  // RFC 9745 2.1
  deprecation: 'item',
  // RFC 9842 2.1 to 2.3
  'use-as-dictionary': 'dictionary',
  'available-dictionary': 'item',
  'dictionary-id': 'item',
  // RFC 9875 2 and 3
  'cache-groups': 'list',
  'cache-group-invalidation': 'list',
  // HTML Standard 7.1
  'cross-origin-embedder-policy': 'item',
  'cross-origin-embedder-policy-report-only': 'item',
  'cross-origin-opener-policy': 'item',
  'cross-origin-opener-policy-report-only': 'item',
  'origin-agent-cluster': 'item',
  // W3C Permissions Policy
  'permissions-policy': 'dictionary',
})

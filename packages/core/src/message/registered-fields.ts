import type { FieldType } from '../structured-fields/types.ts'

/** The structured types of fields by lower-case name: what `sf` needs to know (RFC 9421 2.1.1). */
export type FieldTypes = Readonly<Record<string, FieldType>>

/**
 * The fields of the HTTP Field Name Registry that are structured fields. Fields that became structured
 * only in other implementations (RFC 9651 section 2, retrofit) are not among them.
 */
export const registeredFields: FieldTypes = {
  'accept-ch': 'list',
  'accept-signature': 'dictionary',
  'cache-status': 'list',
  'cdn-cache-control': 'dictionary',
  'client-cert': 'item',
  'client-cert-chain': 'list',
  'content-digest': 'dictionary',
  'cross-origin-embedder-policy': 'item',
  'cross-origin-opener-policy': 'item',
  incremental: 'item',
  'origin-agent-cluster': 'item',
  'permissions-policy': 'dictionary',
  priority: 'dictionary',
  'proxy-status': 'list',
  'repr-digest': 'dictionary',
  signature: 'dictionary',
  'signature-agent': 'dictionary',
  'signature-input': 'dictionary',
  'want-content-digest': 'dictionary',
  'want-repr-digest': 'dictionary',
}

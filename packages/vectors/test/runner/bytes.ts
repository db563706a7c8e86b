import type { Bytes } from '@countersign/core'
import { parseItem, serializeBareItem } from '@countersign/core/structured-fields'

/** Some runtimes have no `atob`; a Byte Sequence of RFC 9651 is base64 everywhere. */
export function decodeBase64(text: string): Bytes {
  const { value } = parseItem(`:${text}:`)
  if (value.type !== 'binary') throw new TypeError('no base64')
  return new Uint8Array(value.value)
}

/** The counterpart of {@link decodeBase64}. */
export function encodeBase64(bytes: Uint8Array): string {
  return serializeBareItem({ type: 'binary', value: bytes }).slice(1, -1)
}

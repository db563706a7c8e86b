import type { Bytes } from '../bytes.ts'

/** The tags of DER that occur around keys (X.690 section 8). */
export const derTags = { integer: 0x02, bitString: 0x03, octetString: 0x04, sequence: 0x30 } as const

/** One element of DER: tag, length and contents. */
export interface DerElement {
  /** All of it, with tag and length. */
  readonly whole: Bytes
  readonly contents: Bytes
  /** What follows it. */
  readonly rest: Bytes
}

/**
 * Reads one element. Lengths must be definite and as short as can be (X.690 section 10.1), since two encodings of
 * one key are one too many.
 *
 * @throws TypeError for another tag, another form of the length, or a length beyond the end.
 */
export function readDer(bytes: Bytes, tag: number): DerElement {
  let start = 2
  let length = bytes[1] ?? 0
  if (length > 0x80) {
    const octets = bytes.subarray(2, length - 0x80 + 2)
    start += octets.length
    length = octets.length > 3 ? Number.NaN : octets.reduce((sum, octet) => sum * 256 + octet, 0)
    if (octets[0] === 0 || length < 0x80) length = Number.NaN
  } else if (length === 0x80) {
    length = Number.NaN
  }
  const end = start + length
  // NaN compares as false, and so does everything that is too short.
  if (bytes[0] !== tag || !(end <= bytes.length)) throw new TypeError('the key is not well-formed DER (X.690 10.1)')
  return { whole: bytes.subarray(0, end), contents: bytes.subarray(start, end), rest: bytes.subarray(end) }
}

/** Writes one element around parts that are DER already. */
export function writeDer(tag: number, parts: readonly Bytes[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const octets: number[] = []
  for (let left = length; left > 0 && length >= 0x80; left >>>= 8) octets.unshift(left & 0xff)
  const header = octets.length === 0 ? [tag, length] : [tag, 0x80 + octets.length, ...octets]
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  let offset = header.length
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

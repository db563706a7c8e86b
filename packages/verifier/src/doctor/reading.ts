import type { RequestMessage } from '@countersign/core'
import type { Cause } from './diagnosis.ts'

/** One way in which the signer may have seen the request. If the signature verifies for it, that is how it was. */
export interface Reading extends Omit<Cause, 'proven'> {
  readonly message: RequestMessage
}

/** What readings are made of beside the request. */
export interface ReadingContext {
  readonly message: RequestMessage
  /** Paths that a proxy may have cut off. */
  readonly prefixes: readonly string[]
}

/** Whether one of these components is covered, with any parameters. */
export type Covers = (...names: readonly string[]) => boolean

/** All lines of a field. */
export function linesOf({ headers }: RequestMessage, name: string): readonly string[] {
  return headers.get(name) ?? []
}

/** Each value once, without the one that was received. */
export function others(received: string, values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values)].filter((value): value is string => value !== undefined && value !== received)
}

/** Percent-encodings in upper, in lower case, and without those that need none (RFC 3986 6.2.2). */
export function encodings(text: string): readonly string[] {
  const unreserved = text.replace(/%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/gi, (octet) => {
    return String.fromCharCode(Number.parseInt(octet.slice(1), 16))
  })
  return [
    text.replace(/%[\da-f]{2}/gi, (octet) => octet.toUpperCase()),
    text.replace(/%[\da-f]{2}/gi, (octet) => octet.toLowerCase()),
    unreserved,
    text.replaceAll('~', '%7E'),
    text.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
    text.replace(/%(?:2[1789a])/gi, (octet) => decodeURIComponent(octet)),
  ]
}

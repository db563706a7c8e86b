import { encodeUtf8 } from '../bytes.ts'
import { SignatureError } from '../errors.ts'
import type { Message } from './message.ts'

/**
 * The value of `@query-param` (RFC 9421 2.2.8): one parameter, which must occur exactly once.
 *
 * @param name percent-encoded as in the signature base.
 * @throws SignatureError `invalid_component` or `missing_component`
 */
export function queryParameter(message: Message, name: string): string {
  if (message.kind !== 'request')
    throw new SignatureError('invalid_component', '@query-param is not part of a response')
  const values = encodedQueryParameters(message.query.slice(1)).filter((parameter) => parameter.name === name)
  if (values.length > 1) throw new SignatureError('invalid_component', 'a repeated query parameter cannot be covered')
  const [found] = values
  if (found === undefined) throw new SignatureError('missing_component', 'the query has no parameter of this name')
  return found.value
}

/** A query parameter as it stands in a signature base: decoded, then percent-encoded in one way. */
interface EncodedQueryParameter {
  readonly name: string
  readonly value: string
}

/**
 * Parses a query as application/x-www-form-urlencoded and encodes each name and value again
 * (RFC 9421 2.2.8, WHATWG URL section 5). Not URLSearchParams: some engines have none, or half of one.
 *
 * @param query without its leading question mark.
 */
function encodedQueryParameters(query: string): readonly EncodedQueryParameter[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const name = equals === -1 ? pair : pair.slice(0, equals)
      const value = equals === -1 ? '' : pair.slice(equals + 1)
      return { name: encodeForm(decodeForm(name)), value: encodeForm(decodeForm(value)) }
    })
}

/** The bytes that a name or value stands for, one character each, as well-formed UTF-8. */
function decodeForm(text: string): string {
  const bytes = encodeUtf8(text.replaceAll('+', ' '))
  let decoded = ''
  for (let read = 0; read < bytes.length; read++) {
    const high = bytes[read] === 0x25 ? hexDigit(bytes[read + 1]) : undefined
    const low = high === undefined ? undefined : hexDigit(bytes[read + 2])
    if (high !== undefined && low !== undefined) {
      decoded += String.fromCharCode(high * 16 + low)
      read += 2
    } else {
      decoded += String.fromCharCode(bytes[read] as number)
    }
  }
  // "UTF-8 decode without BOM": what is no UTF-8 becomes U+FFFD on both sides alike.
  return decoded.replace(utf8Sequence, (sequence, last?: string) => (last === undefined ? '\xef\xbf\xbd' : sequence))
}

/**
 * A sequence that is well-formed (Unicode table 3-7) with its last byte captured, or as much of a broken one as a
 * decoder replaces at once (WHATWG Encoding 8.1.1). Not TextDecoder, which some engines have not got.
 */
const utf8Sequence =
  /(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]|\xed[\x80-\x9f]|[\xe1-\xec\xee\xef][\x80-\xbf]|(?:\xf0[\x90-\xbf]|\xf4[\x80-\x8f]|[\xf1-\xf3][\x80-\xbf])[\x80-\xbf])([\x80-\xbf])?|\xf0[\x90-\xbf]|\xf4[\x80-\x8f]|[\xf1-\xf3][\x80-\xbf]|[\x80-\xff]/g

function hexDigit(code: number | undefined): number | undefined {
  const digit = code === undefined ? Number.NaN : Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(digit) ? undefined : digit
}

/** The application/x-www-form-urlencoded percent-encode set, with a space as %20. */
function encodeForm(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9*\-._]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

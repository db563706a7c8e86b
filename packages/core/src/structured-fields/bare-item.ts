import { decodeBase64 } from '../bytes.ts'
import {
  at,
  backslash,
  colon,
  digit,
  endOf,
  isOf,
  minus,
  one,
  percent,
  point,
  question,
  quote,
  tokenPart,
  tokenStart,
  unencoded,
  unescaped,
  zero,
} from './characters.ts'
import { type Cursor, malformed } from './cursor.ts'
import type { BareItem } from './types.ts'

/** The value of a parameter or dictionary member that stands without `=` (RFC 9651 3.1.2 and 3.2). */
export const booleanTrue: BareItem = /* @__PURE__ */ Object.freeze({ type: 'boolean', value: true })
const booleanFalse: BareItem = /* @__PURE__ */ Object.freeze({ type: 'boolean', value: false })

/** Reads a bare item: its first character tells its type (RFC 9651 4.2.3.1). */
export function readBareItem(cursor: Cursor): BareItem {
  const first = cursor.text.charCodeAt(cursor.index)
  switch (first) {
    case quote:
      return readString(cursor)
    case colon:
      return readByteSequence(cursor)
    case question:
      return readBoolean(cursor)
    case at:
      return readDate(cursor)
    case percent:
      return readDisplayString(cursor)
    case minus:
      return readNumber(cursor)
  }
  if (isOf(digit, first)) return readNumber(cursor)
  if (isOf(tokenStart, first)) return readToken(cursor)
  throw malformed('no bare item begins like this', cursor.index)
}

/** RFC 9651 4.2.4. The limits of 15 digits, or 12 and 3, keep every value exact or uniquely rounded in a double. */
function readNumber(cursor: Cursor): BareItem {
  const { text, index } = cursor
  const negative = text.charCodeAt(index) === minus
  const start = negative ? index + 1 : index
  const end = endOf(digit, text, start)
  if (end === start) throw malformed('a number needs a digit', start)
  if (text.charCodeAt(end) === point) return readDecimal(cursor, start, end)
  if (end - start > 15) throw malformed('an integer has at most 15 digits', start)
  cursor.index = end
  return { type: 'integer', value: signed(negative, integerAt(text, start, end)) }
}

function readDecimal(cursor: Cursor, start: number, pointIndex: number): BareItem {
  const { text } = cursor
  const negative = start > cursor.index
  const fraction = pointIndex + 1
  const end = endOf(digit, text, fraction)
  if (pointIndex - start > 12) throw malformed('a decimal has at most 12 digits before the point', start)
  if (end === fraction) throw malformed('a decimal needs a digit after the point', fraction)
  if (end - fraction > 3) throw malformed('a decimal has at most 3 digits after the point', fraction)
  cursor.index = end
  return { type: 'decimal', value: signed(negative, Number(text.slice(start, end))) }
}

/** The RFC multiplies numbers, not doubles: `-0` is 0. Subtraction from 0 gives no negative zero. */
function signed(negative: boolean, magnitude: number): number {
  return negative ? 0 - magnitude : magnitude
}

/** The value of at most 15 digits: every step is exact in a double. */
function integerAt(text: string, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) value = value * 10 + text.charCodeAt(index) - zero
  return value
}

/** RFC 9651 4.2.5. */
function readString(cursor: Cursor): BareItem {
  const { text } = cursor
  const start = cursor.index + 1
  let escaped = false
  let end = endOf(unescaped, text, start)
  while (text.charCodeAt(end) === backslash) {
    const next = text.charCodeAt(end + 1)
    if (next !== quote && next !== backslash) throw malformed('a backslash in a string escapes " or \\', end)
    escaped = true
    end = endOf(unescaped, text, end + 2)
  }
  if (end >= text.length) throw malformed('a string does not end', end)
  if (text.charCodeAt(end) !== quote) throw malformed('a string holds printable ASCII only', end)
  cursor.index = end + 1
  const content = text.slice(start, end)
  return { type: 'string', value: escaped ? withoutEscapes(content) : content }
}

/** Takes out the backslash before each escaped character, in pieces that fit into the arguments of a call. */
function withoutEscapes(content: string): string {
  const codes: number[] = []
  let text = ''
  for (let index = 0; index < content.length; index++) {
    if (content.charCodeAt(index) === backslash) index++
    if (codes.push(content.charCodeAt(index)) < 1024) continue
    text += String.fromCharCode(...codes)
    codes.length = 0
  }
  return text + String.fromCharCode(...codes)
}

/** RFC 9651 4.2.6. */
function readToken(cursor: Cursor): BareItem {
  const end = endOf(tokenPart, cursor.text, cursor.index)
  const value = cursor.text.slice(cursor.index, end)
  cursor.index = end
  return { type: 'token', value }
}

/** RFC 9651 4.2.7. Padding may be absent and pad bits may be set, as the RFC asks of recipients. */
function readByteSequence(cursor: Cursor): BareItem {
  const start = cursor.index + 1
  const end = cursor.text.indexOf(':', start)
  if (end === -1) throw malformed('a byte sequence does not end', start)
  const value = decodeBase64(cursor.text, start, end)
  if (value === undefined) throw malformed('a byte sequence is not base64', start)
  cursor.index = end + 1
  return { type: 'binary', value }
}

/** RFC 9651 4.2.8. */
function readBoolean(cursor: Cursor): BareItem {
  const code = cursor.text.charCodeAt(cursor.index + 1)
  if (code !== zero && code !== one) throw malformed('a boolean is ?0 or ?1', cursor.index)
  cursor.index += 2
  return code === one ? booleanTrue : booleanFalse
}

/** RFC 9651 4.2.9. All 15 digits are taken: which of these seconds make sense is for the reader of the field to say. */
function readDate(cursor: Cursor): BareItem {
  const start = cursor.index++
  const { type, value } = readNumber(cursor)
  if (type !== 'integer') throw malformed('a date is an integer', start)
  return { type: 'date', value }
}

/** RFC 9651 4.2.10. A quote within the text is always encoded, hence the first one ends it. */
function readDisplayString(cursor: Cursor): BareItem {
  const { text } = cursor
  const start = cursor.index + 2
  if (text.charCodeAt(start - 1) !== quote) throw malformed('a display string begins with %"', cursor.index)
  const end = text.indexOf('"', start)
  if (end === -1) throw malformed('a display string does not end', start)
  checkDisplayText(text, start, end)
  cursor.index = end + 1
  try {
    // It refuses what is no UTF-8, and a byte order mark is content to it. Some engines have no TextDecoder.
    return { type: 'display-string', value: decodeURIComponent(text.slice(start, end)) }
  } catch {
    throw malformed('a display string is not UTF-8', start)
  }
}

function checkDisplayText(text: string, start: number, end: number): void {
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code === percent) {
      checkHexDigit(text, ++index)
      checkHexDigit(text, ++index)
    } else if (!isOf(unencoded, code)) {
      throw malformed('a display string holds printable ASCII only', index)
    }
  }
}

/** RFC 9651 4.2.10 allows lowercase letters only, so that a text has one encoding. */
function checkHexDigit(text: string, index: number): void {
  const code = text.charCodeAt(index)
  if (isOf(digit, code) || (code >= 0x61 && code <= 0x66)) return
  throw malformed('a percent sign in a display string needs two lowercase hexadecimal digits', index)
}

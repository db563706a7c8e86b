import { SignatureError } from '../errors.ts'
import { space, tab } from './characters.ts'

/** A place in a text. Reading moves the index, so that no text is copied but the values themselves. */
export interface Cursor {
  readonly text: string
  /** Offset of the next character, in UTF-16 code units. */
  index: number
}

/** The refusal of a text. It names the rule and the place, and never the text: that may hold a nonce or a signature. */
export function malformed(rule: string, offset?: number): SignatureError {
  const detail = offset === undefined ? rule : `${rule}, at offset ${offset}`
  return new SignatureError('malformed_structured_field', detail)
}

/** Passes over SP. */
export function skipSpaces(cursor: Cursor): void {
  while (cursor.text.charCodeAt(cursor.index) === space) cursor.index++
}

/** Passes over OWS. RFC 9651 4.2: only between members are tabs allowed too, since intermediaries combine lines with them. */
export function skipWhitespace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.index)
    if (code !== space && code !== tab) return
    cursor.index++
  }
}

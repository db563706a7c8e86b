import { booleanTrue, readBareItem } from './bare-item.ts'
import {
  closeParenthesis,
  comma,
  endOf,
  equals,
  isOf,
  keyPart,
  keyStart,
  openParenthesis,
  semicolon,
  space,
} from './characters.ts'
import { type Cursor, malformed, skipSpaces, skipWhitespace } from './cursor.ts'
import type { BareItem, Dictionary, InnerList, Item, List, Member, Parameters } from './types.ts'

/** What a parser may be told beside the text. */
export interface ParseOptions {
  /**
   * Called whenever a key occurs again. It may throw, which refuses the text with that error.
   *
   * @default nothing: the last value wins, in the place of the first (RFC 9651 4.2.2 and 4.2.3.2)
   */
  readonly onDuplicateKey?: (key: string, place: 'dictionary' | 'parameters') => void
}

/**
 * Refuses a key that occurs twice, with `malformed_structured_field`.
 *
 * RFC 9651 lets the last value win; two readers of one message that disagree on this see two different messages.
 */
export const refuseDuplicates: ParseOptions = /* @__PURE__ */ Object.freeze({
  onDuplicateKey(_key: string, place: 'dictionary' | 'parameters'): void {
    throw malformed(place === 'dictionary' ? 'a dictionary key occurs twice' : 'a parameter key occurs twice')
  },
})

const lastWins: ParseOptions = /* @__PURE__ */ Object.freeze({})

/** The parameters of an item that has none: one map for all, so that most items cost no map. It cannot be changed. */
export const noParameters: Parameters = /* @__PURE__ */ emptyParameters()

/** Freezing alone leaves the entries of a Map open to change. */
function emptyParameters(): Parameters {
  const refuse = (): never => {
    throw new TypeError('these parameters are shared: make a new Map')
  }
  return Object.freeze(Object.defineProperty(new Map<string, BareItem>(), 'set', { value: refuse }))
}

/**
 * Parses an Item (RFC 9651 4.2.3).
 *
 * @param text the field value: its lines combined with `, ` where there are several (RFC 9651 4.2)
 */
export function parseItem(text: string, options: ParseOptions = lastWins): Item {
  const cursor = openCursor(text)
  const item = readItem(cursor, options)
  skipSpaces(cursor)
  if (cursor.index < text.length) throw malformed('nothing may follow an item', cursor.index)
  return item
}

/**
 * Parses a List (RFC 9651 4.2.1). An empty text is an empty list.
 *
 * @param text the field value: its lines combined with `, ` where there are several (RFC 9651 4.2)
 */
export function parseList(text: string, options: ParseOptions = lastWins): List {
  const cursor = openCursor(text)
  const members: Member[] = []
  while (cursor.index < text.length) {
    members.push(readMember(cursor, options))
    skipSeparator(cursor)
  }
  return members
}

/**
 * Parses a Dictionary (RFC 9651 4.2.2). An empty text is an empty dictionary.
 *
 * @param text the field value: its lines combined with `, ` where there are several (RFC 9651 4.2)
 */
export function parseDictionary(text: string, options: ParseOptions = lastWins): Dictionary {
  const cursor = openCursor(text)
  const members = new Map<string, Member>()
  while (cursor.index < text.length) {
    const key = readKey(cursor)
    const member = skipEquals(cursor)
      ? readMember(cursor, options)
      : { value: booleanTrue, parameters: readParameters(cursor, options) }
    const size = members.size
    members.set(key, member)
    if (members.size === size) options.onDuplicateKey?.(key, 'dictionary')
    skipSeparator(cursor)
  }
  return members
}

/** A place at the beginning of a text (RFC 9651 4.2 step 2). */
export function openCursor(text: string): Cursor {
  const cursor = { text, index: 0 }
  skipSpaces(cursor)
  return cursor
}

/** Passes over the comma after a member, unless the text ends here (RFC 9651 4.2.1 and 4.2.2). */
export function skipSeparator(cursor: Cursor): void {
  skipWhitespace(cursor)
  if (cursor.index === cursor.text.length) return
  if (cursor.text.charCodeAt(cursor.index) !== comma) throw malformed('a comma separates members', cursor.index)
  cursor.index++
  skipWhitespace(cursor)
  if (cursor.index === cursor.text.length) throw malformed('a member follows each comma', cursor.index)
}

/** RFC 9651 4.2.1.1. */
function readMember(cursor: Cursor, options: ParseOptions): Member {
  const isInner = cursor.text.charCodeAt(cursor.index) === openParenthesis
  return isInner ? readInnerList(cursor, options) : readItem(cursor, options)
}

/** RFC 9651 4.2.1.2. Its items cannot be lists: this is the depth of the grammar. */
function readInnerList(cursor: Cursor, options: ParseOptions): InnerList {
  return { items: readItems(cursor, options), parameters: readParameters(cursor, options) }
}

function readItems(cursor: Cursor, options: ParseOptions): readonly Item[] {
  const { text } = cursor
  const items: Item[] = []
  cursor.index++
  for (;;) {
    skipSpaces(cursor)
    if (cursor.index === text.length) throw malformed('an inner list does not end', cursor.index)
    if (text.charCodeAt(cursor.index) === closeParenthesis) break
    items.push(readItem(cursor, options))
    const next = text.charCodeAt(cursor.index)
    if (next !== space && next !== closeParenthesis) {
      throw malformed('a space separates the items of an inner list', cursor.index)
    }
  }
  cursor.index++
  return items
}

function readItem(cursor: Cursor, options: ParseOptions): Item {
  const value = readBareItem(cursor)
  return { value, parameters: readParameters(cursor, options) }
}

/** RFC 9651 4.2.3.2. */
function readParameters(cursor: Cursor, options: ParseOptions): Parameters {
  const { text } = cursor
  if (text.charCodeAt(cursor.index) !== semicolon) return noParameters
  const parameters = new Map<string, BareItem>()
  while (text.charCodeAt(cursor.index) === semicolon) {
    cursor.index++
    skipSpaces(cursor)
    const key = readKey(cursor)
    const value = skipEquals(cursor) ? readBareItem(cursor) : booleanTrue
    const size = parameters.size
    parameters.set(key, value)
    if (parameters.size === size) options.onDuplicateKey?.(key, 'parameters')
  }
  return parameters
}

/** Reads the key of a parameter or member (RFC 9651 4.2.3.3). */
export function readKey(cursor: Cursor): string {
  const { text, index } = cursor
  if (!isOf(keyStart, text.charCodeAt(index))) throw malformed('a key begins with a lowercase letter or *', index)
  cursor.index = endOf(keyPart, text, index)
  return text.slice(index, cursor.index)
}

/** Whether a value follows a key. */
export function skipEquals(cursor: Cursor): boolean {
  if (cursor.text.charCodeAt(cursor.index) !== equals) return false
  cursor.index++
  return true
}

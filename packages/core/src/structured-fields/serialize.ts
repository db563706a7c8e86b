import { encodeBase64, encodeUtf8 } from '../bytes.ts'
import { endOf, isOf, keyPart, keyStart, tokenPart, tokenStart, unencoded, unescaped } from './characters.ts'
import { malformed } from './cursor.ts'
import {
  type BareItem,
  type Dictionary,
  type InnerList,
  type Item,
  isInnerList,
  type List,
  type Member,
  type Parameters,
} from './types.ts'

/** Serializes a List (RFC 9651 4.1.1). An empty list gives an empty text: such a field is not sent at all (4.1). */
export function serializeList(list: List): string {
  return list.map(serializeMember).join(', ')
}

/** Serializes a Dictionary (RFC 9651 4.1.2). An empty one gives an empty text: such a field is not sent at all (4.1). */
export function serializeDictionary(dictionary: Dictionary): string {
  let text = ''
  for (const [key, member] of dictionary) {
    if (text !== '') text += ', '
    text += serializeKey(key)
    text += isTrue(member) ? serializeParameters(member.parameters) : `=${serializeMember(member)}`
  }
  return text
}

/** Whether a member is an item that is written without its value (RFC 9651 4.1.2). */
function isTrue(member: Member): boolean {
  return !isInnerList(member) && member.value.type === 'boolean' && member.value.value === true
}

/** Serializes what a List or a Dictionary holds: an item or an inner list (RFC 9651 4.1.1). */
export function serializeMember(member: Member): string {
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member)
}

/** Serializes an inner list with its parameters (RFC 9651 4.1.1.1). */
export function serializeInnerList(innerList: InnerList): string {
  return `(${innerList.items.map(serializeItem).join(' ')})${serializeParameters(innerList.parameters)}`
}

/** Serializes an Item with its parameters (RFC 9651 4.1.3). */
export function serializeItem(item: Item): string {
  return serializeBareItem(item.value) + serializeParameters(item.parameters)
}

/** Serializes parameters in their order, each with its leading `;` (RFC 9651 4.1.1.2). */
export function serializeParameters(parameters: Parameters): string {
  let text = ''
  for (const [key, bareItem] of parameters) {
    text += `;${serializeKey(key)}`
    if (bareItem.type !== 'boolean' || bareItem.value !== true) text += `=${serializeBareItem(bareItem)}`
  }
  return text
}

/** RFC 9651 4.1.1.3. */
function serializeKey(key: string): string {
  if (!consistsOf(keyStart, keyPart, key)) throw malformed('a key is lowercase and begins with a letter or *')
  return key
}

function consistsOf(startClass: number, partClass: number, text: string): boolean {
  return typeof text === 'string' && isOf(startClass, text.charCodeAt(0)) && endOf(partClass, text, 1) === text.length
}

/** Serializes a bare item as its type says (RFC 9651 4.1.3.1). A value that does not fit its type is refused. */
export function serializeBareItem(bareItem: BareItem): string {
  switch (bareItem.type) {
    case 'integer':
      return serializeInteger(bareItem.value)
    case 'decimal':
      return serializeDecimal(bareItem.value)
    case 'string':
      return serializeString(bareItem.value)
    case 'token':
      return serializeToken(bareItem.value)
    case 'binary':
      return serializeByteSequence(bareItem.value)
    case 'boolean':
      return serializeBoolean(bareItem.value)
    case 'date':
      return `@${serializeInteger(bareItem.value)}`
    case 'display-string':
      return serializeDisplayString(bareItem.value)
    default:
      return refuseType(bareItem)
  }
}

/** RFC 9651 4.1.3.1 step 9. The compiler proves this unreachable; a caller in plain JavaScript can reach it. */
function refuseType(_bareItem: never): never {
  throw malformed('a bare item has one of the eight types')
}

/** RFC 9651 4.1.4. A negative zero is not less than 0 and has no sign, which `String` agrees with. */
function serializeInteger(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > 999_999_999_999_999) {
    throw malformed('an integer has at most 15 digits')
  }
  return String(value)
}

/**
 * RFC 9651 4.1.5. What is rounded is the shortest decimal text that names the double, as JavaScript prints it:
 * 0.0015 means 0.0015, a tie that goes to 0.002, though the double lies a little beside it.
 */
function serializeDecimal(value: number): string {
  if (typeof value !== 'number' || !(Math.abs(value) < 1e12)) throw decimalTooLong()
  const magnitude = Math.abs(value)
  // Below 1e-6 the shortest text has an exponent, and the rounded value is 0.
  const text = magnitude < 1e-6 ? '0' : String(magnitude)
  const [integer = '', fraction = ''] = text.split('.')
  const thousandths = Number(integer + fraction.slice(0, 3).padEnd(3, '0'))
  const rounded = thousandths + roundingStep(thousandths, fraction.slice(3))
  if (rounded > 999_999_999_999_999) throw decimalTooLong()
  return (value < 0 && rounded > 0 ? '-' : '') + decimalText(rounded)
}

/** 1 to round up, 0 to round down. The rest has no trailing zeros, so that a tie is exactly `5`. */
function roundingStep(thousandths: number, rest: string): number {
  if (rest === '5') return thousandths % 2
  return rest >= '5' ? 1 : 0
}

function decimalText(thousandths: number): string {
  const digits = String(thousandths).padStart(4, '0')
  const fraction = digits.slice(-3).replace(/0{1,2}$/, '')
  return `${digits.slice(0, -3)}.${fraction}`
}

function decimalTooLong(): Error {
  return malformed('a decimal is a number with at most 12 digits before the point')
}

/** Serializes a String with its quotes (RFC 9651 4.1.6). */
export function serializeString(text: string): string {
  if (typeof text !== 'string') throw malformed('a string holds printable ASCII only')
  if (endOf(unescaped, text, 0) === text.length) return `"${text}"`
  if (/[^ -~]/.test(text)) throw malformed('a string holds printable ASCII only')
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** RFC 9651 4.1.7. */
function serializeToken(token: string): string {
  const isToken = consistsOf(tokenStart, tokenPart, token)
  if (!isToken) throw malformed('a token begins with a letter or * and has no spaces')
  return token
}

/** RFC 9651 4.1.8. The tag is compared, not the prototype: bytes may come from another realm. */
function serializeByteSequence(bytes: Uint8Array): string {
  if (!ArrayBuffer.isView(bytes) || bytes[Symbol.toStringTag] !== 'Uint8Array') {
    throw malformed('a byte sequence is a Uint8Array')
  }
  return `:${encodeBase64(bytes)}:`
}

/** RFC 9651 4.1.9. */
function serializeBoolean(value: boolean): string {
  if (typeof value !== 'boolean') throw malformed('a boolean is true or false')
  return value ? '?1' : '?0'
}

/** RFC 9651 4.1.11. A lone surrogate has no UTF-8: the encoder would put U+FFFD in its place, hence the test before. */
function serializeDisplayString(text: string): string {
  if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) throw malformed('a display string is Unicode text')
  let encoded = ''
  for (const byte of encodeUtf8(text)) {
    encoded += isOf(unencoded, byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`
  }
  return `%"${encoded}"`
}

import { SignatureError } from '../errors.ts'
import { noParameters, parseDictionary, parseItem, parseList } from '../structured-fields/parse.ts'
import { serializeDictionary, serializeItem, serializeList, serializeMember } from '../structured-fields/serialize.ts'
import type { FieldType, Item } from '../structured-fields/types.ts'
import type { ComponentIdentifier } from './component.ts'
import type { Fields } from './message.ts'
import type { FieldTypes } from './registered-fields.ts'

/**
 * The value of a field as a component: combined, or as `key`, `sf` or `bs` say (RFC 9421 2.1).
 *
 * @throws SignatureError `missing_component`, `malformed_component` or `invalid_component`
 */
export function fieldValue(fields: Fields, identifier: ComponentIdentifier, fieldTypes: FieldTypes): string {
  const { name, parameters } = identifier
  const lines = fields.get(name)
  if (lines === undefined) throw new SignatureError('missing_component', identifier.text)
  const values = lines.map((line) => canonicalLine(line, identifier))
  if (parameters.has('bs')) return wrapBytes(values, identifier)
  // An empty structured field is malformed or absent; an empty plain one is the empty string (2.1).
  const combined = values.length === 1 ? (values[0] as string) : values.join(', ')
  const key = parameters.get('key')
  if (key !== undefined) return dictionaryMember(combined, String(key.value), identifier)
  if (!parameters.has('sf')) return combined
  return strictValue(combined, Object.hasOwn(fieldTypes, name) ? fieldTypes[name] : undefined, identifier)
}

/** Combines the lines of a field that is no covered component, such as Signature-Input (RFC 9110 5.2). */
export function combinedValue(fields: Fields, name: string): string | undefined {
  return fields.get(name)?.map(trimWhitespace).join(', ')
}

/** Strips the white space around a field line and replaces obsolete line folding (RFC 9421 2.1). */
function canonicalLine(line: string, identifier: ComponentIdentifier): string {
  if (!line.includes('\n')) return trimWhitespace(line)
  const [first = '', ...folded] = line.split('\n')
  for (const part of folded) {
    if (!part.startsWith(' ') && !part.startsWith('\t')) {
      throw new SignatureError('malformed_component', `${identifier.text} contains a line break`)
    }
  }
  return [first, ...folded]
    .map((part) => trimWhitespace(part.endsWith('\r') ? part.slice(0, -1) : part))
    .filter((part) => part !== '')
    .join(' ')
}

/** Only space and tab are white space in a field (RFC 9110 5.6.3), so not `String.prototype.trim`. */
function trimWhitespace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhitespace(text.charCodeAt(start))) start++
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** RFC 9421 2.1.3. A field value is a sequence of bytes, which runtimes hand out as Latin-1 text. */
function wrapBytes(values: readonly string[], identifier: ComponentIdentifier): string {
  const items = values.map((value): Item => {
    if (/[^\0-\xff]/.test(value)) throw new SignatureError('malformed_component', `${identifier.text} is no byte text`)
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0))
    return { value: { type: 'binary', value: bytes }, parameters: noParameters }
  })
  return serializeList(items)
}

/** RFC 9421 2.1.2. */
function dictionaryMember(text: string, key: string, identifier: ComponentIdentifier): string {
  const member = parseField(() => parseDictionary(text), identifier).get(key)
  if (member === undefined) throw new SignatureError('missing_component', identifier.text)
  return serializeMember(member)
}

/** RFC 9421 2.1.1: the type of the field must be known. */
function strictValue(text: string, type: FieldType | undefined, identifier: ComponentIdentifier): string {
  switch (type) {
    case 'item':
      return serializeItem(parseField(() => parseItem(text), identifier))
    case 'list':
      return serializeList(parseField(() => parseList(text), identifier))
    case 'dictionary':
      return serializeDictionary(parseField(() => parseDictionary(text), identifier))
    case undefined:
      throw new SignatureError(
        'invalid_component',
        `${identifier.text}: the structured type of this field is not known`,
      )
  }
}

function parseField<T>(parse: () => T, identifier: ComponentIdentifier): T {
  try {
    return parse()
  } catch (cause) {
    throw new SignatureError('malformed_component', `${identifier.text} is no such structured field`, { cause })
  }
}

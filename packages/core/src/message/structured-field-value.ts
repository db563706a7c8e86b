import { SignatureError } from '../errors.ts'
import { noParameters, parseDictionary, parseItem, parseList } from '../structured-fields/parse.ts'
import { serializeDictionary, serializeItem, serializeList, serializeMember } from '../structured-fields/serialize.ts'
import type { Item } from '../structured-fields/types.ts'
import { canonicalLines } from './fields.ts'
import type { Fields } from './message.ts'
import { type FieldTypes, registeredFields } from './registered-fields.ts'

/**
 * The value of a field with `bs`: each line as a Byte Sequence (RFC 9421 2.1.3). A field value is a sequence
 * of bytes, which runtimes hand out as Latin-1 text.
 *
 * @throws SignatureError `missing_component` or `malformed_component`
 */
export function wrappedField(fields: Fields, name: string): string {
  const items = canonicalLines(fields, name).map((line): Item => {
    if (/[^\0-\xff]/.test(line)) throw new SignatureError('malformed_component', `"${name}" is no byte text`)
    const bytes = Uint8Array.from(line, (character) => character.charCodeAt(0))
    return { value: { type: 'binary', value: bytes }, parameters: noParameters }
  })
  return serializeList(items)
}

/**
 * The value of a field with `key`: one member of a Dictionary (RFC 9421 2.1.2).
 *
 * @throws SignatureError `missing_component` or `malformed_component`
 */
export function dictionaryMember(text: string, key: string): string {
  const member = parseField(() => parseDictionary(text)).get(key)
  if (member !== undefined) return serializeMember(member)
  throw new SignatureError('missing_component', 'the Dictionary has no such member')
}

/**
 * @throws SignatureError `invalid_component` for a field that is known to be no Dictionary (RFC 9421 2.5)
 */
export function requireDictionary(name: string, fieldTypes: FieldTypes = registeredFields): void {
  if (!Object.hasOwn(fieldTypes, name) || fieldTypes[name] === 'dictionary') return
  throw new SignatureError('invalid_component', `"${name}" is no Dictionary`)
}

/**
 * The value of a field with `sf`: serialized strictly, which needs its type (RFC 9421 2.1.1).
 *
 * @throws SignatureError `invalid_component` for a field of unknown type, `malformed_component`
 */
export function strictField(text: string, name: string, fieldTypes: FieldTypes = registeredFields): string {
  switch (Object.hasOwn(fieldTypes, name) ? fieldTypes[name] : undefined) {
    case 'item':
      return serializeItem(parseField(() => parseItem(text)))
    case 'list':
      return serializeList(parseField(() => parseList(text)))
    case 'dictionary':
      return serializeDictionary(parseField(() => parseDictionary(text)))
    case undefined:
      throw new SignatureError('invalid_component', `the structured type of "${name}" is not known`)
  }
}

function parseField<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new SignatureError('malformed_component', 'the field is no such structured field', { cause })
  }
}

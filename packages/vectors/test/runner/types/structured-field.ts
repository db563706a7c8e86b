import {
  type Dictionary,
  type FieldType,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
  serializeMember,
} from '@countersign/core/structured-fields'
import { requireMember, type Vector } from '../vector.ts'

/** RFC 9651: parses a field, and serializes it strictly. */
export async function runStructuredField(vector: Vector): Promise<string | undefined> {
  const { type, raw, canonical, member } = requireMember(vector, 'structuredField')
  const text = raw.join(', ')
  const strict = member === undefined ? strictFieldOf(type, text) : strictMemberOf(parseDictionary(text), member)
  return canonical === undefined || strict === canonical ? undefined : `the strict serialization is ${strict}`
}

function strictFieldOf(type: FieldType, text: string): string {
  switch (type) {
    case 'item':
      return serializeItem(parseItem(text))
    case 'list':
      return serializeList(parseList(text))
    case 'dictionary':
      return serializeDictionary(parseDictionary(text))
  }
}

function strictMemberOf(dictionary: Dictionary, key: string): string {
  const member = dictionary.get(key)
  return member === undefined ? 'none: there is no such member' : serializeMember(member)
}

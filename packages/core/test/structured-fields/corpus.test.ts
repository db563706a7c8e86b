import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type BareItem,
  type Dictionary,
  type FieldType,
  type InnerList,
  type Item,
  type List,
  type Parameters,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
} from '../../src/structured-fields/index.ts'
import { describeCorpus } from '../corpora.ts'

type Field = Item | List | Dictionary
type BareJson = string | number | boolean | { __type: string; value: string | number }
type ParametersJson = [key: string, value: BareJson][]
type ItemJson = [value: BareJson, parameters: ParametersJson]
type MemberJson = ItemJson | [items: ItemJson[], parameters: ParametersJson]

interface Case {
  readonly name: string
  readonly header_type: FieldType
  readonly raw?: string[]
  readonly expected?: unknown
  readonly canonical?: string[]
  readonly must_fail?: boolean
  readonly can_fail?: boolean
}

/** The cases that may do either. All of them parse here, for these reasons. */
const accepted: Readonly<Record<string, string>> = {
  'bad padding': '4.2.7: parsers SHOULD NOT fail when padding is not present',
  'non-zero pad bits': '4.2.7: parsers SHOULD NOT fail when non-zero pad bits are present',
  'syntactic max date - 999,999,999,999,999': '4.2.9: a date is any integer',
  'syntactic min date - -999,999,999,999,999': '4.2.9: a date is any integer',
  'two lines display string': '4.2: lines are combined before the text is parsed',
  'two lines string': '4.2: lines are combined before the text is parsed',
}

/**
 * JSON.parse reads 1.0 as 1, so each number that is written with a point is marked as a decimal in the JSON text first.
 * The pattern matches whole strings too, in order to pass over the numbers within them.
 */
function readCases(path: string): Case[] {
  const text = readFileSync(path, 'utf8').replace(/"(?:[^"\\]|\\.)*"|-?\d+\.\d+/g, (match) =>
    match.startsWith('"') ? match : `{"__type":"decimal","value":${match}}`,
  )
  return JSON.parse(text) as Case[]
}

function casesBelow(folder: string): (readonly [string, Case])[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => readCases(join(folder, file)).map((entry) => [`${file}: ${entry.name}`, entry] as const))
}

/** RFC 4648 section 6, the encoding of byte sequences in the corpus. */
function decodeBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const character of text.replaceAll('=', '')) {
    bits = ((bits << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character)) & 0xfff
    count += 5
    if (count >= 8) {
      count -= 8
      bytes.push((bits >> count) & 0xff)
    }
  }
  return Uint8Array.from(bytes)
}

function bareItem(json: BareJson): BareItem {
  if (typeof json === 'string') return { type: 'string', value: json }
  if (typeof json === 'number') return { type: 'integer', value: json }
  if (typeof json === 'boolean') return { type: 'boolean', value: json }
  switch (json.__type) {
    case 'decimal':
    case 'date':
      return { type: json.__type, value: json.value as number }
    case 'token':
      return { type: 'token', value: json.value as string }
    case 'binary':
      return { type: 'binary', value: decodeBase32(json.value as string) }
    case 'displaystring':
      return { type: 'display-string', value: json.value as string }
    default:
      throw new Error(`the corpus has a new type: ${json.__type}`)
  }
}

function parametersOf(json: ParametersJson): Parameters {
  return new Map(json.map(([key, value]) => [key, bareItem(value)]))
}

function itemOf([value, parameters]: ItemJson): Item {
  return { value: bareItem(value), parameters: parametersOf(parameters) }
}

function memberOf(json: MemberJson): Item | InnerList {
  const [value, parameters] = json
  if (!Array.isArray(value)) return itemOf([value, parameters])
  return { items: value.map(itemOf), parameters: parametersOf(parameters) }
}

function fieldOf({ header_type: type, expected }: Case): Field {
  if (type === 'item') return itemOf(expected as ItemJson)
  if (type === 'list') return (expected as MemberJson[]).map(memberOf)
  return new Map((expected as [string, MemberJson][]).map(([key, member]) => [key, memberOf(member)]))
}

function parse(type: FieldType, text: string): Field {
  if (type === 'item') return parseItem(text)
  return type === 'list' ? parseList(text) : parseDictionary(text)
}

function serialize(type: FieldType, field: Field): string {
  if (type === 'item') return serializeItem(field as Item)
  return type === 'list' ? serializeList(field as List) : serializeDictionary(field as Dictionary)
}

/** Maps as arrays of their entries: a comparison of maps would not see the order. */
function ordered(value: unknown): unknown {
  if (value instanceof Uint8Array) return value
  if (value instanceof Map) return [...value].map(ordered)
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, ordered(part)]))
}

const refusal: unknown = expect.objectContaining({ name: 'SignatureError', code: 'malformed_structured_field' })

describeCorpus('structured-fields', (folder) => {
  const parseCases = casesBelow(folder)
  const serializeCases = casesBelow(join(folder, 'serialisation-tests'))

  test('has every case (attack 76)', () => {
    expect([parseCases.length, serializeCases.length]).toEqual([1591, 544])
    const either = parseCases.filter(([, entry]) => entry.can_fail).map(([, entry]) => entry.name)
    expect(either.sort()).toEqual(Object.keys(accepted).sort())
  })

  test.each(parseCases)('parses %s', (_title, entry) => {
    const { header_type: type, raw = [] } = entry
    const text = raw.join(', ')
    if (entry.must_fail) {
      expect(() => parse(type, text)).toThrow(refusal)
      return
    }
    const field = parse(type, text)
    expect(ordered(field)).toEqual(ordered(fieldOf(entry)))
    expect(serialize(type, field)).toBe((entry.canonical ?? raw).join(', '))
  })

  test.each(serializeCases)('serializes %s', (_title, entry) => {
    const field = fieldOf(entry)
    if (entry.must_fail) expect(() => serialize(entry.header_type, field)).toThrow(refusal)
    else expect(serialize(entry.header_type, field)).toBe((entry.canonical ?? []).join(', '))
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSignatureError } from '../../src/errors.ts'
import {
  type BareItem,
  type Dictionary,
  type InnerList,
  type Item,
  type List,
  type Member,
  type Parameters,
  parseDictionary,
  parseItem,
  parseList,
  serializeBareItem,
  serializeDictionary,
  serializeItem,
  serializeList,
} from '../../src/structured-fields/index.ts'

// A failure prints its seed and path; COUNTERSIGN_SEED runs it again, or tries other values.
fc.configureGlobal({ seed: Number(process.env['COUNTERSIGN_SEED'] ?? 9651), numRuns: 2000 })

const limit = 999_999_999_999_999
const fifteenDigits = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger().map(toFifteenDigits))

function toFifteenDigits(value: number): number {
  return value % (limit + 1) || 0
}

const bareItems: fc.Arbitrary<BareItem> = fc.oneof(
  fifteenDigits.map((value): BareItem => ({ type: 'integer', value })),
  fifteenDigits.map((value): BareItem => ({ type: 'decimal', value: value / 1000 })),
  fc.stringMatching(/^[ -~]*$/).map((value): BareItem => ({ type: 'string', value })),
  fc.stringMatching(/^[A-Za-z*][A-Za-z0-9!#$%&'*+\-.^_`|~:/]*$/).map((value): BareItem => ({ type: 'token', value })),
  fc.uint8Array().map((value): BareItem => ({ type: 'binary', value })),
  fc.boolean().map((value): BareItem => ({ type: 'boolean', value })),
  fifteenDigits.map((value): BareItem => ({ type: 'date', value })),
  fc.string({ unit: 'binary' }).map((value): BareItem => ({ type: 'display-string', value })),
)
const keys = fc.stringMatching(/^[a-z*][a-z0-9_\-.*]*$/)
const parameterMaps: fc.Arbitrary<Parameters> = fc
  .array(fc.tuple(keys, bareItems), { maxLength: 4 })
  .map((entries) => new Map(entries))
const items: fc.Arbitrary<Item> = fc.record({ value: bareItems, parameters: parameterMaps }, { noNullPrototype: true })
const innerLists: fc.Arbitrary<InnerList> = fc.record(
  { items: fc.array(items, { maxLength: 4 }), parameters: parameterMaps },
  { noNullPrototype: true },
)
const members: fc.Arbitrary<Member> = fc.oneof(items, innerLists)
const lists: fc.Arbitrary<List> = fc.array(members, { maxLength: 5 })
const dictionaries: fc.Arbitrary<Dictionary> = fc
  .array(fc.tuple(keys, members), { maxLength: 5 })
  .map((entries) => new Map(entries))

/** A parser with its serializer. */
interface Grammar {
  readonly name: string
  readonly roundTrip: (text: string) => string
}

const grammars: readonly Grammar[] = [
  { name: 'item', roundTrip: (text) => serializeItem(parseItem(text)) },
  { name: 'list', roundTrip: (text) => serializeList(parseList(text)) },
  { name: 'dictionary', roundTrip: (text) => serializeDictionary(parseDictionary(text)) },
]

/** The canonical text, or undefined where the text is refused. Any other error fails the test. */
function canonicalText(grammar: Grammar, text: string): string | undefined {
  try {
    return grammar.roundTrip(text)
  } catch (error) {
    if (isSignatureError(error) && error.code === 'malformed_structured_field') return undefined
    throw error
  }
}

describe('parsing gives back what was serialized, in its order', () => {
  test('items', () => {
    fc.assert(
      fc.property(items, (item) => {
        const parsed = parseItem(serializeItem(item))
        expect(parsed).toEqual(item)
        expect([...parsed.parameters.keys()]).toEqual([...item.parameters.keys()])
      }),
    )
  })

  test('lists', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const parsed = parseList(serializeList(list))
        expect(parsed).toEqual(list)
        expect(serializeList(parsed)).toBe(serializeList(list))
      }),
    )
  })

  test('dictionaries', () => {
    fc.assert(
      fc.property(dictionaries, (dictionary) => {
        const parsed = parseDictionary(serializeDictionary(dictionary))
        expect(parsed).toEqual(dictionary)
        expect([...parsed.keys()]).toEqual([...dictionary.keys()])
      }),
    )
  })
})

describe('any text is parsed to a fixed point, or refused with the code', () => {
  const fragments = fc.constantFrom(
    ...[
      'a',
      'b=',
      ';',
      ';a=',
      '; b',
      ',',
      ', ',
      '\t',
      ' ',
      '(',
      ')',
      '"x"',
      '"\\"',
      '\\',
      '1',
      '-0',
      '007',
      '1.50',
      '.',
    ],
    ...['-', ':AP8:', ':AP9=:', ':', '=', '?1', '?', '@1', '@', '%"%61"', '%"', '%', '*', 'A/b', 'é', '\0', '\ud800'],
  )
  const texts: Record<string, fc.Arbitrary<string>> = {
    'pieces of the grammar': fc.array(fragments, { maxLength: 12 }).map((pieces) => pieces.join('')),
    'ASCII letters': fc.string({ unit: 'binary-ascii' }),
    'any Unicode text': fc.string({ unit: 'binary' }),
    'any UTF-16 code units': fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
    'a dictionary with one character changed': fc
      .tuple(dictionaries.map(serializeDictionary), fc.nat(), fc.string({ unit: 'binary-ascii', maxLength: 1 }))
      .map(([text, place, character]) => {
        const index = text === '' ? 0 : place % text.length
        return text.slice(0, index) + character + text.slice(index + 1)
      }),
  }

  describe.each(Object.keys(texts))('%s', (name) => {
    test.each(grammars)('as $name', (grammar) => {
      fc.assert(
        fc.property(texts[name] as fc.Arbitrary<string>, (text) => {
          const canonical = canonicalText(grammar, text)
          if (canonical !== undefined) expect(grammar.roundTrip(canonical)).toBe(canonical)
        }),
      )
    })
  })
})

/** Rounds `digits` / 10^`places` half to even at three places, in integers only. */
function roundedDecimal(digits: bigint, places: number): string {
  const magnitude = digits < 0n ? -digits : digits
  const divisor = 10n ** BigInt(places - 3)
  const rest = (magnitude % divisor) * 2n
  const floor = magnitude / divisor
  const thousandths = rest > divisor || (rest === divisor && floor % 2n === 1n) ? floor + 1n : floor
  const fraction = (thousandths % 1000n).toString().padStart(3, '0').replace(/00?$/, '')
  return `${digits < 0n && thousandths > 0n ? '-' : ''}${thousandths / 1000n}.${fraction}`
}

test('decimals are rounded as exact arithmetic rounds them', () => {
  const written = fc.tuple(fc.oneof(fc.nat(99_999), fc.maxSafeNat()), fc.integer({ min: 4, max: 20 }), fc.boolean())
  fc.assert(
    fc.property(written, ([value, places, negative]) => {
      // 15 digits at most: so many survive a double. A last 5 makes ties frequent.
      const digits = BigInt(value % 10 ** 14) * (negative ? -10n : 10n) + (negative ? -5n : 5n)
      const decimal = Number(`${digits}e-${places}`)
      fc.pre(Math.abs(decimal) < 1e11)
      expect(serializeBareItem({ type: 'decimal', value: decimal })).toBe(roundedDecimal(digits, places))
    }),
  )
})

// Each finishes at once in linear time and would take minutes in quadratic time, past the timeout of a test.
describe('1 MiB of hostile text is refused or parsed', () => {
  const size = 2 ** 20
  const fill = (pattern: string): string => pattern.repeat(Math.ceil(size / pattern.length))
  const hostile: Record<string, string> = {
    'opening parentheses': fill('('),
    'inner lists': fill('(), '),
    'an inner list': `(${fill('a ')}`,
    'one parameter': `a${fill(';a')}`,
    'parameters with spaces': `a;${fill(' ')}a`,
    'one member': fill('a=1,'),
    'members without a value': fill('a,'),
    'an escaped string': `"${fill('\\"')}"`,
    'an escaped string without an end': `"${fill('\\\\')}`,
    strings: fill('"\\"",'),
    'a display string': `%"${fill('%61')}"`,
    'display strings without an end': fill('%"'),
    base64: `:${fill('AAAA')}:`,
    'base64 padding': `:${fill('=')}:`,
    'base64 without an end': `a=:${fill('A')}`,
    colons: fill(':'),
    digits: fill('1'),
    'a token': fill('a'),
    spaces: fill(' '),
    tabs: `a${fill('\t')}`,
    commas: fill(','),
  }

  test.each(Object.keys(hostile))('%s', (name) => {
    for (const grammar of grammars) canonicalText(grammar, hostile[name] as string)
  })

  test('2^15 distinct keys', () => {
    const distinct = Array.from({ length: 2 ** 15 }, (_, index) => `k${index}`)
    expect(parseDictionary(distinct.join(',')).size).toBe(2 ** 15)
    expect(parseItem(`a;${distinct.join(';')}`).parameters.size).toBe(2 ** 15)
  })
})

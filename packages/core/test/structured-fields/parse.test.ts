import { describe, expect, test } from 'vitest'
import {
  type BareItem,
  isInnerList,
  parseDictionary,
  parseItem,
  parseList,
  refuseDuplicates,
} from '../../src/structured-fields/index.ts'
import { noParameters } from '../../src/structured-fields/parse.ts'

function errorOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

function bareItemOf(text: string): BareItem {
  return parseItem(text).value
}

describe('whitespace', () => {
  test('SP surrounds a field', () => {
    expect(parseItem('  a  ')).toEqual(parseItem('a'))
    expect(parseList('  a  ')).toEqual(parseList('a'))
    expect(parseDictionary('  a  ')).toEqual(parseDictionary('a'))
  })

  test('SP alone is an empty list or dictionary', () => {
    expect(parseList('   ')).toEqual([])
    expect(parseDictionary('   ').size).toBe(0)
  })

  test('OWS surrounds a comma and follows the last member', () => {
    expect(parseList('a\t ,\t b \t')).toEqual(parseList('a, b'))
    expect(parseDictionary('a=1\t,\tb=2\t')).toEqual(parseDictionary('a=1, b=2'))
  })

  test('SP precedes a parameter, and pads an inner list', () => {
    expect(parseItem('a;  b;c')).toEqual(parseItem('a;b;c'))
    expect(parseList('(  1   2  )')).toEqual(parseList('(1 2)'))
    expect(parseList('(  )')).toEqual([{ items: [], parameters: new Map() }])
  })
})

describe('values', () => {
  test.each([
    ['999999999999999', { type: 'integer', value: 999_999_999_999_999 }],
    ['-999999999999999', { type: 'integer', value: -999_999_999_999_999 }],
    ['000000000000001', { type: 'integer', value: 1 }],
    ['999999999999.999', { type: 'decimal', value: 999_999_999_999.999 }],
    ['-000000000000.001', { type: 'decimal', value: -0.001 }],
    ['1.0', { type: 'decimal', value: 1 }],
    ['"a\\"b\\\\c"', { type: 'string', value: 'a"b\\c' }],
    ['"\\\\\\""', { type: 'string', value: '\\"' }],
    ["*a:/!#$%&'*+-.^_`|~Z9", { type: 'token', value: "*a:/!#$%&'*+-.^_`|~Z9" }],
    ['?1', { type: 'boolean', value: true }],
    ['?0', { type: 'boolean', value: false }],
    ['::', { type: 'binary', value: new Uint8Array() }],
    [':AP8:', { type: 'binary', value: Uint8Array.of(0, 255) }],
    [':AP9=:', { type: 'binary', value: Uint8Array.of(0, 255) }],
    ['%"%f0%9f%98%80"', { type: 'display-string', value: '\u{1f600}' }],
    ['%"%ef%bb%bfa"', { type: 'display-string', value: '\ufeffa' }],
    ['%"%00"', { type: 'display-string', value: '\0' }],
    ['%""', { type: 'display-string', value: '' }],
  ] satisfies [string, BareItem][])('%s', (text, expected) => {
    expect(bareItemOf(text)).toEqual(expected)
  })

  test.each(['-0', '-000', '-0.0', '-0.000', '@-0'])('%s is not a negative zero', (text) => {
    expect(Object.is(bareItemOf(text).value, 0)).toBe(true)
  })

  // RFC 9651 3.3.7 demands the years 1 to 9999; every other second of 15 digits is taken as well.
  test.each([-62_135_596_800, 253_402_214_400, 8_640_000_000_001, 999_999_999_999_999])('the date @%d', (seconds) => {
    expect(bareItemOf(`@${seconds}`)).toEqual({ type: 'date', value: seconds })
  })

  test('a member or parameter without a value is true', () => {
    const yes = { type: 'boolean', value: true }
    const member = { value: yes, parameters: new Map([['b', yes]]) }
    expect([...parseDictionary('a;b')]).toEqual([['a', member]])
    expect([...parseDictionary('a=?1;b=?1')]).toEqual([['a', member]])
  })

  test('an inner list is told from an item', () => {
    expect(parseList('(a), a').map(isInnerList)).toEqual([true, false])
  })
})

describe('duplicate keys', () => {
  test('the last value wins in the place of the first', () => {
    const integer = (value: number): BareItem => ({ type: 'integer', value })
    expect([...parseDictionary('a=1, b=2, a=3').keys()]).toEqual(['a', 'b'])
    expect(parseDictionary('a=1, b=2, a=3').get('a')).toEqual({ value: integer(3), parameters: new Map() })
    expect([...parseItem('x;a=1;b=2;a=3').parameters]).toEqual([
      ['a', integer(3)],
      ['b', integer(2)],
    ])
  })

  test('the hook hears of each one, in the order of the text', () => {
    const heard: string[] = []
    const onDuplicateKey = (key: string, place: string): number => heard.push(`${place} ${key}`)
    parseDictionary('a;p;p, b=(x;q;q y;q);r;r, a, a', { onDuplicateKey })
    parseList('a;p;p, (x;q;q)', { onDuplicateKey })
    parseItem('a;p', { onDuplicateKey })
    const first = ['parameters p', 'parameters q', 'parameters r', 'dictionary a', 'dictionary a']
    expect(heard).toEqual([...first, 'parameters p', 'parameters q'])
  })

  test('what the hook throws comes through', () => {
    const mine = new Error('mine')
    const onDuplicateKey = (): never => {
      throw mine
    }
    expect(errorOf(() => parseDictionary('a, a', { onDuplicateKey }))).toBe(mine)
  })

  test.each([
    [parseDictionary, 'sig1=1, sig1=1', 'a dictionary key'],
    [parseDictionary, 'a;nonce;nonce', 'a parameter key'],
    [parseList, '(a;nonce=1;nonce=2)', 'a parameter key'],
    [parseList, '();nonce=1;nonce=2', 'a parameter key'],
    [parseItem, 'a;nonce;nonce', 'a parameter key'],
  ])('refuseDuplicates refuses them: %#', (parse, text, place) => {
    const error = errorOf(() => parse(text, refuseDuplicates))
    expect(error).toMatchObject({ name: 'SignatureError', code: 'malformed_structured_field' })
    expect(error.message).toContain(place)
    expect(error.message).not.toMatch(/sig1|nonce/)
  })

  test('one key in two sets of parameters is no duplicate', () => {
    expect(parseDictionary('a;p, b=(x;p y;p);p', refuseDuplicates).size).toBe(2)
  })
})

describe('shared values', () => {
  test('the empty parameters cannot be changed', () => {
    const { parameters } = parseItem('a')
    expect(parameters).toBe(noParameters)
    expect(() => (parameters as Map<string, BareItem>).set('a', bareItemOf('1'))).toThrow(TypeError)
    expect(parseItem('b').parameters.size).toBe(0)
  })

  test('the shared booleans cannot be changed', () => {
    expect(Object.isFrozen(bareItemOf('?1')) && Object.isFrozen(bareItemOf('?0'))).toBe(true)
  })
})

import { describe, expect, test } from 'vitest'
import {
  type BareItem,
  parseDictionary,
  parseItem,
  parseList,
  serializeBareItem,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
  serializeMember,
  serializeParameters,
  serializeString,
} from '../../src/structured-fields/index.ts'

const refusal: unknown = expect.objectContaining({ name: 'SignatureError', code: 'malformed_structured_field' })

describe('decimals are rounded half to even, as they are written', () => {
  test.each([
    [0.0005, '0.0'],
    [1.0005, '1.0'],
    [2.0025, '2.002'],
    [2.0035, '2.004'],
    [0.0015, '0.002'],
    [0.0025, '0.002'],
    [-0.0015, '-0.002'],
    [-1.0005, '-1.0'],
    // The doubles nearest to these lie on the other side of the tie: 1.0049999999999998934 and 8.1645000000000003126.
    [1.005, '1.005'],
    [8.1645, '8.164'],
    [0.00050001, '0.001'],
    [0.00149999, '0.001'],
    [0.0004, '0.0'],
    [-0.0004, '0.0'],
    [-0.0005, '0.0'],
    [9.9995, '10.0'],
    [0.9999, '1.0'],
    [1e-7, '0.0'],
    [5e-324, '0.0'],
    [0.000001, '0.0'],
    [0.1, '0.1'],
    [0.01, '0.01'],
    [0.001, '0.001'],
    [0.12, '0.12'],
    [1.101, '1.101'],
    [1, '1.0'],
    [100, '100.0'],
    [0, '0.0'],
    [-0, '0.0'],
    [999_999_999_999.999, '999999999999.999'],
    [-999_999_999_999.999, '-999999999999.999'],
    [999_999_999_999.9994, '999999999999.999'],
  ])('%d is %s', (value, expected) => {
    expect(serializeBareItem({ type: 'decimal', value })).toBe(expected)
  })

  test.each([1e12, -1e12, 999_999_999_999.9995, 1e21, Number.POSITIVE_INFINITY, Number.NaN])(
    '%d is refused',
    (value) => {
      expect(() => serializeBareItem({ type: 'decimal', value })).toThrow(refusal)
    },
  )
})

describe('integers and dates', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [-1, '-1'],
    [999_999_999_999_999, '999999999999999'],
    [-999_999_999_999_999, '-999999999999999'],
  ])('%d is %s', (value, expected) => {
    expect(serializeBareItem({ type: 'integer', value })).toBe(expected)
    expect(serializeBareItem({ type: 'date', value })).toBe(`@${expected}`)
  })

  test.each([1e15, -1e15, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (value) => {
    expect(() => serializeBareItem({ type: 'integer', value })).toThrow(refusal)
    expect(() => serializeBareItem({ type: 'date', value })).toThrow(refusal)
  })
})

describe('texts', () => {
  test.each([
    ['', '""'],
    ['a b', '"a b"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['$&', '"$&"'],
    ['"$&', '"\\"$&"'],
  ])('the string %s', (value, expected) => {
    expect(serializeString(value)).toBe(expected)
    expect(serializeBareItem({ type: 'string', value })).toBe(expected)
  })

  test.each([
    ['', '%""'],
    ['a"b%c\\', '%"a%22b%25c\\"'],
    ['\u00fc', '%"%c3%bc"'],
    ['\u{1f600}', '%"%f0%9f%98%80"'],
    ['\0\t\x7f', '%"%00%09%7f"'],
    ['\ufeff', '%"%ef%bb%bf"'],
  ])('the display string %j', (value, expected) => {
    expect(serializeBareItem({ type: 'display-string', value })).toBe(expected)
  })

  test.each(['\r\n', '\t', '\x7f', '\u00e9', 'a"\u2028', '\ud800'])('the string %j is refused', (value) => {
    expect(() => serializeString(value)).toThrow(refusal)
  })

  test.each(['\ud800', 'a\udfffb', '\udc00\ud800'])('the display string %j is refused: no UTF-8', (value) => {
    expect(() => serializeBareItem({ type: 'display-string', value })).toThrow(refusal)
  })

  test.each(['', ' a', 'a b', '1a', '"a"', 'a\n', 'a,b', 'é'])('the token %j is refused', (value) => {
    expect(() => serializeBareItem({ type: 'token', value })).toThrow(refusal)
  })

  test.each(['', 'A', '1a', 'a b', 'aB', 'a\n', 'a=b', 'a;b', 'é'])('the key %j is refused', (key) => {
    const item = parseItem('1')
    expect(() => serializeDictionary(new Map([[key, item]]))).toThrow(refusal)
    expect(() => serializeParameters(new Map([[key, item.value]]))).toThrow(refusal)
  })

  test('no message quotes the value', () => {
    expect(() => serializeString('secret\n')).toThrow(/^(?!.*secret)/s)
    expect(() => serializeBareItem({ type: 'token', value: 'secret nonce' })).toThrow(/^(?!.*secret)/s)
  })
})

describe('structures', () => {
  test('an empty list or dictionary is an empty text', () => {
    expect(serializeList([])).toBe('')
    expect(serializeDictionary(new Map())).toBe('')
    expect(serializeParameters(new Map())).toBe('')
    expect(serializeInnerList({ items: [], parameters: new Map() })).toBe('()')
  })

  test('true needs no value in a dictionary and in parameters, and false does', () => {
    const text = 'a;p;q=?0, b=?0, c=(?1);p, d=1;p'
    expect(serializeDictionary(parseDictionary(text))).toBe(text)
    expect(serializeItem(parseItem('?1;a=?1'))).toBe('?1;a')
    expect(serializeList(parseList('?1, ?0'))).toBe('?1, ?0')
  })

  test('a member is an item or an inner list', () => {
    expect(parseList('a;p, (b c;q);r').map(serializeMember)).toEqual(['a;p', '(b c;q);r'])
  })

  test('the order of parameters stays', () => {
    const text = '("@method" "@path");created=1;keyid="k";alg="a"'
    expect(serializeList(parseList(text))).toBe(text)
    expect(serializeParameters(parseItem('a;b=1;a=:AP8=:').parameters)).toBe(';b=1;a=:AP8=:')
  })
})

// The compiler refuses these. A caller in plain JavaScript gets an error rather than a wrong text that would be signed.
describe('values that do not fit their type', () => {
  test.each([
    { type: 'integer', value: '1' },
    { type: 'integer', value: 1n },
    { type: 'decimal', value: '1.5' },
    { type: 'decimal', value: 1n },
    { type: 'decimal', value: [1] },
    { type: 'string', value: 1 },
    { type: 'string', value: ['a'] },
    { type: 'token', value: undefined },
    { type: 'token', value: ['a'] },
    { type: 'boolean', value: 'false' },
    { type: 'boolean', value: 1 },
    { type: 'binary', value: 'AAAA' },
    { type: 'binary', value: [1, 2] },
    { type: 'binary', value: new Uint16Array(2) },
    { type: 'binary', value: new DataView(new ArrayBuffer(2)) },
    { type: 'display-string', value: null },
    { type: 'displaystring', value: 'a' },
    { type: 'toString', value: 'a' },
    { value: 'a' },
  ])('%o', (bareItem) => {
    expect(() => serializeBareItem(bareItem as unknown as BareItem)).toThrow(refusal)
  })
})

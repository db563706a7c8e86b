import { describe, expect, it, test } from 'vitest'
import { type FieldLine, parseSignatures } from '../../src/index.ts'
import {
  type InnerList,
  type Item,
  parseDictionary,
  parseItem,
  parseList,
  serializeBareItem,
  serializeItem,
} from '../../src/structured-fields/index.ts'
import { expectCode } from '../expect-code.ts'
import { receivedValue, request } from './received-base.ts'

function many(count: number, text: (index: number) => string, separator: string): string {
  return Array.from({ length: count }, (_none, index) => text(index)).join(separator)
}

describe('what a parser must be able to take (RFC 9651 3)', () => {
  const longKey = 'k'.repeat(64)
  const bareValueOf = (text: string): unknown => parseItem(text).value.value

  test('a list of 1024 members', () => {
    expect(parseList(many(1024, String, ', '))).toHaveLength(1024)
  })

  test('an inner list of 256 members', () => {
    const [inner] = parseList(`(${many(256, String, ' ')})`)
    expect((inner as InnerList).items).toHaveLength(256)
  })

  test('256 parameters, with keys of 64 characters', () => {
    expect(parseItem(`a${many(256, (index) => `;k${index}`, '')}`).parameters.size).toBe(256)
    expect((parseList(`()${many(256, (index) => `;k${index}=1`, '')}`)[0] as InnerList).parameters.size).toBe(256)
    expect([...parseItem(`a;${longKey}`).parameters.keys()]).toEqual([longKey])
  })

  test('a dictionary of 1024 members, with keys of 64 characters', () => {
    expect(parseDictionary(many(1024, (index) => `k${index}=${index}`, ', ')).size).toBe(1024)
    expect([...parseDictionary(`${longKey}=1`).keys()]).toEqual([longKey])
  })

  test('a string of 1024 characters, after decoding', () => {
    expect(bareValueOf(`"${'\\"'.repeat(1024)}"`)).toBe('"'.repeat(1024))
  })

  test('a token of 512 characters', () => {
    expect(bareValueOf('t'.repeat(512))).toBe('t'.repeat(512))
  })

  test('16384 bytes', () => {
    const bytes = Buffer.alloc(16_384, 'x')
    expect(bareValueOf(`:${bytes.toString('base64')}:`)).toEqual(new Uint8Array(bytes))
  })

  test('the dates of the years 1 to 9999', () => {
    for (const date of ['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      const seconds = new Date(date).getTime() / 1000
      expect(bareValueOf(`@${seconds}`)).toBe(seconds)
    }
  })
})

describe('what is parsed', () => {
  test('has its parameters and members by key and by index, in their order', () => {
    const { parameters } = parseItem('a;b=1;c=2')
    expect(parameters.get('c')).toEqual({ type: 'integer', value: 2 })
    expect([...parameters][1]).toEqual(['c', { type: 'integer', value: 2 }])
    const dictionary = parseDictionary('x=1, y=2')
    expect((dictionary.get('y') as Item).value).toEqual({ type: 'integer', value: 2 })
    expect([...dictionary.keys()]).toEqual(['x', 'y'])
  })

  test('is the last of several values of one key, but for the fields of signatures and digests', async () => {
    const headers: FieldLine[] = [['Priority', 'u=1;a=1;a=2, u=3']]
    expect(receivedValue(request({ headers }), '"priority";sf')).toBe('u=3')
    const signed = (input: string): FieldLine[] => [
      ['Signature-Input', input],
      ['Signature', 'a=:AAAA:'],
    ]
    const parsing = (input: string) => () => parseSignatures(request({ headers: signed(input) }))
    await expectCode('duplicate_label', parsing('a=(), a=()'))
    await expectCode('malformed_parameter', parsing('a=();created=1;created=2'))
  })

  it.each([
    [
      'lines of the header',
      [
        ['X', 'a=1'],
        ['x', 'b=2'],
      ],
      [],
      'a=1, b=2',
    ],
    ['and none of the trailers', [['X', 'a=1']], [['X', 'b=2']], 'a=1'],
  ] as const)('is made of all %s', (_what, headers, trailers, value) => {
    expect(receivedValue(request({ headers, trailers }), '"x";sf', { x: 'dictionary' })).toBe(value)
  })

  test('is nothing when any part of it is malformed: the message is refused', async () => {
    const headers: FieldLine[] = [
      ['Signature-Input', 'a=("@method"), b=('],
      ['Signature', 'a=:AAAA:'],
    ]
    await expectCode('malformed_signature_input', () => parseSignatures(request({ headers })))
  })
})

describe('base64 (RFC 9651 4.1.8 and 4.2.7)', () => {
  test('is written with padding, and with pad bits of zero', () => {
    expect(serializeBareItem({ type: 'binary', value: Uint8Array.of(255) })).toBe(':/w==:')
    expect(serializeBareItem({ type: 'binary', value: Uint8Array.of(255, 255) })).toBe('://8=:')
  })

  it.each([
    ['without padding', ':/w:', ':/w==:'],
    ['with pad bits that are set', ':/3==:', ':/w==:'],
  ])('is read %s', (_what, text, strict) => {
    expect(serializeItem(parseItem(text))).toBe(strict)
  })

  it.each(['/w=\n=', '/w-_', '/w .', '\u00fc'])('is refused with other characters: %j', async (text) => {
    await expectCode('malformed_structured_field', () => parseItem(`:${text}:`))
  })
})

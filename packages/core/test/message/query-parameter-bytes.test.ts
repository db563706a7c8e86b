import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { component, createRequestMessage } from '../../src/index.ts'

/** What stands in a signature base for the value of a parameter that is these bytes. */
function encodedValue(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const message = createRequestMessage({ method: 'GET', url: `https://example.com/?v=${escaped}`, headers: [] })
  return component('@query-param', { name: 'v' }).valueIn(message)
}

/** The same by the decoder and encoder of the platform: RFC 9421 2.2.8 goes by WHATWG URL section 5. */
function expectedValue(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const encoded = new URLSearchParams([['v', text]]).toString().slice(2)
  return encoded.replaceAll('+', '%20')
}

describe('a query parameter that is no UTF-8 (RFC 9421 2.2.8)', () => {
  it.each([
    ['a lone continuation byte', [0x80, 0xbf], '%EF%BF%BD%EF%BF%BD'],
    ['an overlong slash', [0xc0, 0xaf], '%EF%BF%BD%EF%BF%BD'],
    ['a cut sequence of three', [0xe2, 0x82, 0x41], '%EF%BF%BDA'],
    ['a surrogate', [0xed, 0xa0, 0x80], '%EF%BF%BD%EF%BF%BD%EF%BF%BD'],
    ['a cut sequence of four', [0xf0, 0x9f, 0x94], '%EF%BF%BD'],
    ['more than U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD'],
    ['a byte order mark, which stays', [0xef, 0xbb, 0xbf, 0x41], '%EF%BB%BFA'],
    ['well-formed text', [0x41, 0xc3, 0xb6, 0xf0, 0x9f, 0x94, 0x91], 'A%C3%B6%F0%9F%94%91'],
  ])('%s', (_what, bytes, expected) => {
    expect(encodedValue(Uint8Array.from(bytes))).toBe(expected)
  })

  it('is as TextDecoder and URLSearchParams make it, for any bytes', () => {
    const lead = fc.constantFrom(
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
    )
    const byte = fc.oneof(lead, fc.constantFrom(0xf1, 0xf3, 0xf4, 0xf5, 0xff, 0x41, 0x20, 0x00), fc.nat(255))
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        expect(encodedValue(Uint8Array.from(bytes))).toBe(expectedValue(Uint8Array.from(bytes)))
      }),
      { numRuns: 5000 },
    )
  })

  it('takes a time that grows with its length alone', () => {
    const bytes = new Uint8Array(200_000).fill(0xf0)
    expect(encodedValue(bytes)).toBe('%EF%BF%BD'.repeat(bytes.length))
  })
})

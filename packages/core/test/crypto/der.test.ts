import { describe, expect, it } from 'vitest'
import { derTags, readDer, writeDer } from '../../src/crypto/der.ts'

const { sequence, octetString } = derTags

describe('readDer (X.690 10.1)', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('reads what writeDer writes around %d bytes', (length) => {
    const part = new Uint8Array(length).fill(7)
    const whole = writeDer(octetString, [part])
    expect(readDer(Uint8Array.of(...whole.slice(0, 9), ...whole.slice(9), 1, 2), octetString)).toEqual({
      whole,
      contents: part,
      rest: Uint8Array.of(1, 2),
    })
  })

  it.each([
    ['nothing', []],
    ['a tag alone', [0x30]],
    ['another tag', [0x31, 0]],
    ['contents that are too short', [0x30, 2, 0]],
    ['an indefinite length', [0x30, 0x80, 0, 0]],
    ['a long form where the short one does', [0x30, 0x81, 1, 0]],
    ['a length with a leading zero', [0x30, 0x82, 0, 0x80, ...new Array(128).fill(0)]],
    ['a length of which octets are missing', [0x30, 0x82, 1]],
    ['a length of four octets', [0x30, 0x84, 1, 0, 0, 0]],
    ['a length of 127 octets', [0x30, 0xff, ...new Array(127).fill(1)]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => readDer(Uint8Array.from(bytes), sequence)).toThrow(TypeError)
  })
})

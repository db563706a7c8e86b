import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addKey, createKeySet, hasKey, readKey } from '../../src/replay/key-set.ts'

const secret = [0x1234567, -77, 0x7fffffff, 12]

/** Keys as verifiers make them. */
function keyOf(number: number): string {
  return createHash('sha256').update(String(number)).digest().subarray(0, 16).toString('base64url')
}

describe('a set of keys', () => {
  it('knows what was added, and nothing else, through all of its splits', () => {
    const set = createKeySet(secret)
    const count = 50_000
    for (let number = 0; number < count; number++) {
      const key = readKey(keyOf(number), secret)
      expect(hasKey(set, key)).toBe(false)
      addKey(set, key)
      expect(hasKey(set, key)).toBe(true)
    }
    expect(set.size).toBe(count)
    for (let number = 0; number < count; number++) expect(hasKey(set, readKey(keyOf(number), secret))).toBe(true)
    for (let number = count; number < 2 * count; number++) {
      expect(hasKey(set, readKey(keyOf(number), secret))).toBe(false)
    }
  })

  it('takes at most 40 bytes for each of many keys', () => {
    const set = createKeySet(secret)
    for (let number = 0; number < 40_000; number++) addKey(set, readKey(keyOf(number), secret))
    const bytes = [...new Set(set.segments)].reduce(
      (sum, { words, places }) => sum + words.byteLength + places.byteLength,
      0,
    )
    expect(bytes / set.size).toBeLessThan(40)
  })

  it('tells keys apart that differ in one bit', () => {
    const bytes = Buffer.alloc(16, 0x5a)
    const set = createKeySet(secret)
    addKey(set, readKey(bytes.toString('base64url'), secret))
    for (let bit = 0; bit < 128; bit++) {
      const other = Buffer.from(bytes)
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(hasKey(set, readKey(other.toString('base64url'), secret))).toBe(false)
    }
  })

  it('tells keys apart that agree in all but their last bits', () => {
    const set = createKeySet(secret)
    for (let number = 0; number < 1000; number++) {
      const key = readKey(chosenKey(number), secret)
      expect(hasKey(set, key)).toBe(false)
      addKey(set, key)
    }
  })

  it('puts keys elsewhere in each process, however they were chosen', () => {
    const other = secret.map((word) => word ^ 0x55aa)
    const places = (words: readonly number[]): Set<number> =>
      new Set(Array.from({ length: 1000 }, (_, number) => readKey(chosenKey(number), words).hash >>> 22))
    expect(chosenKey(1)).not.toBe(chosenKey(2))
    // 1000 keys that differ in a few bits still spread over 1024 places.
    for (const words of [secret, other]) expect(places(words).size).toBeGreaterThan(500)
    const same = Array.from({ length: 1000 }, (_, number) => chosenKey(number)).filter(
      (key) => readKey(key, secret).hash === readKey(key, other).hash,
    )
    expect(same).toEqual([])
  })

  it.each([
    '',
    'short',
    'A'.repeat(21),
    'A'.repeat(23),
    `${'A'.repeat(21)}+`,
    `${'A'.repeat(21)}é`,
    `=${'A'.repeat(21)}`,
  ])('refuses %j, which is no key', (key) => {
    expect(() => readKey(key, secret)).toThrow(TypeError)
  })
})

/** Keys that agree in all but their last bits. */
function chosenKey(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(number, 12)
  return bytes.toString('base64url')
}

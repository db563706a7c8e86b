import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addKey, createKeySet, hasKey, type KeySet, readKey } from '../../src/replay/key-set.ts'

const secret = [0x1234567, -77, 0x7fffffff, 12]

/** Keys as verifiers make them. */
function keyOf(number: number): string {
  return createHash('sha256').update(String(number)).digest().subarray(0, 16).toString('base64url')
}

/** How many keys of a range a set has. */
function found(set: KeySet, from: number, to: number): number {
  let count = 0
  for (let number = from; number < to; number++) if (hasKey(set, readKey(keyOf(number), secret))) count++
  return count
}

/** What the arrays of a set take. */
function bytesOf({ segments }: KeySet): number {
  return [...new Set(segments)].reduce((sum, { entries }) => sum + entries.byteLength, 0)
}

describe('a set of keys', () => {
  it('knows what was added, and nothing else, while it grows', () => {
    const set = createKeySet()
    const count = 60_000
    for (let number = 0; number < count; number++) {
      const key = readKey(keyOf(number), secret)
      const before = hasKey(set, key)
      addKey(set, key, 1)
      if (before || !hasKey(set, key)) expect.fail(`key ${number} is not known from when it was added`)
    }
    expect(new Set(set.segments).size).toBeGreaterThan(2)
    expect(found(set, 0, count)).toBe(count)
    expect(found(set, count, 2 * count)).toBe(0)
  })

  it('takes at most 40 bytes for each of many keys, however many there are', () => {
    const set = createKeySet()
    for (let number = 0; number < 200_000; number++) {
      addKey(set, readKey(keyOf(number), secret), 1)
      if (number >= 100_000 && number % 1000 === 0) expect(bytesOf(set) / number).toBeLessThan(40)
    }
  })

  it('takes little for few keys', () => {
    expect(bytesOf(createKeySet())).toBeLessThan(10_000)
  })

  it('forgets the keys of a group and of those before it, and no other', () => {
    const set = createKeySet()
    const count = 40_000
    const half = count / 2
    for (let number = 0; number < count; number++) {
      const group = number < half ? 1 + (number % 2) : 3 + (number % 2)
      addKey(set, readKey(keyOf(number), secret), group)
    }
    set.forgotten = 2
    const check = (): void => {
      expect(found(set, 0, half)).toBe(0)
      expect(found(set, half, count)).toBe(half)
    }
    check()
    // As many again make each segment anew.
    for (let number = count; number < 3 * count; number++) addKey(set, readKey(keyOf(number), secret), 3)
    check()
  })

  it('remembers a key again that was forgotten', () => {
    const set = createKeySet()
    const key = readKey(keyOf(1), secret)
    addKey(set, key, 1)
    set.forgotten = 1
    expect(hasKey(set, key)).toBe(false)
    addKey(set, key, 2)
    expect(hasKey(set, key)).toBe(true)
    set.forgotten = 2
    expect(hasKey(set, key)).toBe(false)
  })

  it('uses the memory of forgotten keys again', () => {
    const set = createKeySet()
    const add = (group: number): void => {
      set.forgotten = Math.max(0, group - 3)
      for (let number = 0; number < 20_000; number++)
        addKey(set, readKey(keyOf(20_000 * group + number), secret), group)
    }
    for (let group = 1; group < 6; group++) add(group)
    const bytes = bytesOf(set)
    for (let group = 6; group < 20; group++) add(group)
    expect(bytesOf(set)).toBeLessThan(1.5 * bytes)
  })

  it('tells keys apart that differ in one bit', () => {
    const bytes = Buffer.alloc(16, 0x5a)
    const set = createKeySet()
    addKey(set, readKey(bytes.toString('base64url'), secret), 1)
    for (let bit = 0; bit < 128; bit++) {
      const other = Buffer.from(bytes)
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(hasKey(set, readKey(other.toString('base64url'), secret))).toBe(false)
    }
  })

  it('tells keys apart that agree in all but their last bits', () => {
    const set = createKeySet()
    for (let number = 0; number < 1000; number++) {
      const key = readKey(chosenKey(number), secret)
      expect(hasKey(set, key)).toBe(false)
      addKey(set, key, 1)
    }
  })

  it.each(['w0', 'w1', 'w2'] as const)('tells keys apart that have all in common but %s', (name) => {
    const set = createKeySet()
    const key = { w0: 1, w1: 2, w2: 3, hash: 4 }
    addKey(set, key, 1)
    expect(hasKey(set, { ...key, [name]: 5 })).toBe(false)
    expect(hasKey(set, key)).toBe(true)
  })

  it('bears keys that go to one place, however it divides them', () => {
    const set = createKeySet()
    const keys = Array.from({ length: 20_000 }, (_, hash) => ({ w0: 0, w1: 0, w2: 0, hash }))
    for (const key of keys) addKey(set, key, 1)
    expect(keys.filter((key) => !hasKey(set, key))).toEqual([])
    expect(set.segments.length).toBeLessThanOrEqual(2 ** 16)
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

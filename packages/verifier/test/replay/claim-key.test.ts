import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { claimKey, keyBytes } from '../../src/replay/claim-key.ts'

/** Both numbers say how long the part is that follows. */
function bytesOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest().subarray(0, 16)
}

describe('the key of a claim', () => {
  it('is 16 bytes of the hash of its parts with their lengths', async () => {
    expect(await claimKey('payments', 'partner-1', 'n0nce')).toBe(
      bytesOf('8:payments9:partner-15:n0nce').toString('base64url'),
    )
    expect(await claimKey('', 'Zürich 🌍', '')).toBe(bytesOf('0:9:Zürich 🌍0:').toString('base64url'))
  })

  it('ends in a character without bits of the 17th byte, whatever that is', async () => {
    const last = new Set<string>()
    for (let number = 0; number < 200; number++) {
      const nonce = String(number)
      const key = await claimKey('', 'a', nonce)
      expect(key).toBe(bytesOf(`0:1:a${nonce.length}:${nonce}`).toString('base64url'))
      last.add(key.charAt(21))
    }
    expect([...last].sort()).toEqual(['A', 'Q', 'g', 'w'])
  })

  it('is another one when a separator moves between its parts', async () => {
    const parts: readonly [string, string, string][] = [
      ['a:b', 'c', 'd'],
      ['a', 'b:c', 'd'],
      ['a', 'b', 'c:d'],
      ['1:a', '', 'd'],
      ['', '1:a', 'd'],
    ]
    const keys = await Promise.all(parts.map(([scope, principal, nonce]) => claimKey(scope, principal, nonce)))
    expect(new Set(keys).size).toBe(parts.length)
  })

  it('is also had as bytes', async () => {
    expect(Buffer.from(keyBytes(await claimKey('s', 'p', 'n')))).toEqual(bytesOf('1:s1:p1:n'))
    expect(() => keyBytes('short')).toThrow(TypeError)
  })
})

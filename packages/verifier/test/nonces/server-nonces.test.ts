import { describe, expect, it } from 'vitest'
import { createServerNonces, type ServerNonces, type ServerNoncesOptions } from '../../src/index.ts'
import { nonceByHand, nonceSecret } from './nonce-by-hand.ts'

const now = 1_700_000_000
const otherSecret = new Uint8Array(32).fill(43)
const issued = { secret: nonceSecret, keyId: 'alice', issuedAt: now }

function nonces(options: ServerNoncesOptions = {}): Promise<ServerNonces> {
  const secret = options.secrets === undefined ? { secret: nonceSecret } : {}
  return createServerNonces({ ...secret, clock: () => now * 1000, ...options })
}

describe('a nonce of the server', () => {
  it('is version, time, random bytes and an HMAC over region, keyid and these, as node:crypto makes it', async () => {
    const random = Uint8Array.from({ length: 16 }, (_none, index) => index)
    const { issue } = await nonces({ random: () => random, region: 'eu' })
    expect(await issue('alice')).toBe(nonceByHand({ ...issued, random, region: 'eu' }))
  })

  it('has 72 characters that a signer can repeat, whatever the keyid, and is never the same', async () => {
    const { issue } = await nonces()
    const made = await Promise.all(['alice', 'a'.repeat(256), 'ä', ''].flatMap((keyId) => [issue(keyId), issue(keyId)]))
    for (const nonce of made) expect(nonce).toMatch(/^[\w-]{72}$/)
    expect(new Set(made).size).toBe(made.length)
  })

  it('is accepted from the second of its issue to the last one of its age', async () => {
    const at = async (seconds: number): Promise<boolean> => {
      const later = await nonces({ clock: () => (now + seconds) * 1000, maxAgeSeconds: 30, clockSkewSeconds: 5 })
      return later.accepts(nonceByHand(issued), 'alice')
    }
    const ages = [-6, -5, 0, 30, 31]
    expect(await Promise.all(ages.map(at))).toEqual([false, true, true, true, false])
  })

  const changes: readonly (readonly [what: string, nonce: string])[] = [
    ['none', ''],
    ['made by the client', '1f8c2a44-90b3-4d17-a65e-03d27bc8916a'],
    ['of another key', nonceByHand({ ...issued, keyId: 'bob' })],
    ['of another region', nonceByHand({ ...issued, region: 'eu' })],
    ['whose region and keyid are split elsewhere', nonceByHand({ ...issued, region: 'al', keyId: 'ice' })],
    ['of another secret', nonceByHand({ ...issued, secret: otherSecret })],
    ['too old', nonceByHand({ ...issued, issuedAt: now - 301 })],
    ['of the future', nonceByHand({ ...issued, issuedAt: now + 11 })],
    ['of another version', nonceByHand({ ...issued, version: 2 })],
    ['with padding', `${nonceByHand(issued)}==`],
    ['one character longer', `${nonceByHand(issued)}A`],
    ['one character shorter', nonceByHand(issued).slice(0, -1)],
    ['without its HMAC', nonceByHand(issued).slice(0, 29)],
    ['in the other alphabet', `${nonceByHand(issued).slice(0, -1)}+`],
    ['of a mebibyte', 'A'.repeat(1 << 20)],
    ['of 72 characters that are none of base64url', 'ä'.repeat(72)],
    ['with a line break', `${nonceByHand(issued).slice(0, -1)}\n`],
  ]
  it.each(changes)('is refused: %s', async (_what, nonce) => {
    const { accepts } = await nonces()
    expect(await accepts(nonce, 'alice')).toBe(false)
    expect(await accepts(nonceByHand(issued), 'alice')).toBe(true)
  })

  it('is refused with any one bit changed', async () => {
    const { accepts } = await nonces({ maxAgeSeconds: 2 ** 40, clockSkewSeconds: 2 ** 40 })
    const bytes = Buffer.from(nonceByHand(issued), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(await accepts(changed.toString('base64url'), 'alice'), `bit ${bit}`).toBe(false)
    }
  })

  it('outlives a rotation while its secret is listed, and is issued with the first', async () => {
    const old = nonceByHand(issued)
    const rotating = await nonces({ secrets: [otherSecret, nonceSecret] })
    expect(await rotating.accepts(old, 'alice')).toBe(true)
    const done = await nonces({ secrets: [otherSecret] })
    expect(await done.accepts(old, 'alice')).toBe(false)
    expect(await done.accepts(await rotating.issue('alice'), 'alice')).toBe(true)
    expect(await (await nonces()).accepts(await rotating.issue('alice'), 'alice')).toBe(false)
  })

  it('takes a secret in base64 too', async () => {
    const { accepts } = await nonces({ secret: Buffer.from(nonceSecret).toString('base64') })
    expect(await accepts(nonceByHand(issued), 'alice')).toBe(true)
  })
})

describe('the options', () => {
  const mistakes: readonly (readonly [what: string, options: unknown, message: RegExp])[] = [
    ['no secret', { secret: undefined }, /either \{ secret \} or \{ secrets \}/],
    ['both', { secrets: [nonceSecret], secret: nonceSecret }, /either/],
    ['no secrets', { secrets: [] }, /at least one/],
    ['a short secret', { secret: new Uint8Array(31) }, /32 random bytes/],
    ['a short second secret', { secrets: [nonceSecret, new Uint8Array(31)] }, /32 random bytes/],
    ['a secret that is no base64', { secret: 'correct horse battery staple!' }, /base64/],
    ['secrets that are no list', { secrets: nonceSecret }, /list/],
    ['no age', { maxAgeSeconds: 0 }, /maxAgeSeconds/],
    ['a negative skew', { clockSkewSeconds: -1 }, /clockSkewSeconds/],
    ['a region that is no text', { region: 7 }, /region/],
    ['a misspelt option', { maxAge: 5 }, /no option "maxAge"/],
  ]
  it.each(mistakes)('%s is a TypeError', async (_what, options, message) => {
    const creating = nonces(options as ServerNoncesOptions)
    await expect(creating).rejects.toThrow(TypeError)
    await expect(creating).rejects.toThrow(message)
  })

  it('random bytes of another length are a TypeError, not a weaker nonce', async () => {
    const { issue } = await nonces({ random: () => new Uint8Array(8) })
    await expect(issue('alice')).rejects.toThrow(/16 bytes/)
  })
})

/*
 * Attacks 60 to 75, 77, 78 and 80: the same text read in two ways.
 *
 * Not here:
 *   76  the corpus of structured fields, and 79, that distinct messages have distinct bases: tested in core
 *   81  the same base on every adapter, mounted or not: in test/adapters/same-base.test.ts
 */
import { createRequestMessage, hmacSha256, importSigningKey, type SignatureParameters, sign } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { describeGroup } from './describe-attacks.ts'

describeGroup('canonicalization and parsing')

const secret = new Uint8Array(32).fill(7)
const hostile = ['a\rb', 'a\nb', 'a\r\nb', 'a"b', 'a\\b', 'ä', 'a\0b', 'a\u2028b', '\ud83d\ude00', '']

describe('what a signer refuses to sign', () => {
  const message = createRequestMessage({ method: 'GET', url: 'https://bank.example/', headers: [] })
  const key = importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
  const plain = { created: 1, nonce: '0123456789abcdef', keyid: 'alice', tag: 'bank' } satisfies SignatureParameters

  it('attack 77: plain names and parameters are signed', async () => {
    const { base } = await sign(message, await key, { components: ['@method'], parameters: plain })
    expect(base.split('\n')).toHaveLength(2)
  })

  const names = ['keyid', 'nonce', 'tag'] as const
  it.each(names.flatMap((name) => hostile.map((text) => [name, text] as const)))(
    'attack 77: the parameter %s as %j',
    async (name, text) => {
      const parameters = { ...plain, [name]: text }
      await expect(sign(message, await key, { components: ['@method'], parameters })).rejects.toThrow(TypeError)
    },
  )

  it.each(hostile)('attack 77: a component named %j', async (name) => {
    const signing = sign(message, await key, { components: [name], parameters: plain })
    await expect(signing).rejects.toMatchObject({ code: 'invalid_component' })
  })

  it.each(hostile)('attack 77: a key named %j', async (keyId) => {
    await expect(importSigningKey(hmacSha256, { secret }, { keyId })).rejects.toThrow(TypeError)
  })

  it.each([...hostile, 'A', '1'])('attack 77: a label named %j', async (label) => {
    const signing = sign(message, await key, { components: ['@method'], parameters: plain, label })
    await expect(signing).rejects.toThrow(TypeError)
  })

  const values = ['a\nb', 'a\r\nb', 'a\rb', 'a\0b', 'ä', 'a\n"@method": DELETE']
  it.each(values)('attack 78: a component whose value is %j', async (value) => {
    const noted = createRequestMessage({ method: 'GET', url: 'https://bank.example/', headers: [['x-note', value]] })
    const signing = sign(noted, await key, { components: ['x-note'], parameters: plain })
    await expect(signing).rejects.toMatchObject({ code: 'malformed_component' })
  })
})

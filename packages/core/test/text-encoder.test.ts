import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** QuickJS, Hermes and JavaScriptCore by themselves have neither of them. */
describe('without TextEncoder and TextDecoder', () => {
  const { TextEncoder: Encoder } = globalThis
  let core: typeof import('../src/index.ts')

  beforeEach(async () => {
    vi.resetModules()
    vi.stubGlobal('TextEncoder', undefined)
    vi.stubGlobal('TextDecoder', undefined)
    core = await import('../src/index.ts')
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('text becomes the same UTF-8', () => {
    for (const text of [
      '',
      'plain\r\n%41',
      'b\u00f6b \u20ac \u{1f511}',
      '\ud800!',
      '!\udc00',
      '\udc00\ud800',
      '\u0000',
    ]) {
      expect([...core.encodeUtf8(text)]).toEqual([...new Encoder().encode(text)])
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([...core.encodeUtf8(text)]).toEqual([...new Encoder().encode(text)])
      }),
    )
  })

  it('a message is signed and verifies', async () => {
    const key = { jwk: { kty: 'oct', k: 'A'.repeat(43), kid: 'alice' } }
    const signing = await core.importSigningKey(core.hmacSha256, key)
    const message = (headers: [string, string][]) =>
      core.createRequestMessage({ method: 'GET', url: 'https://bank.example/?name=b%C3%B6b', headers })
    const components = ['@method', core.component('@query-param', { name: 'name' })]
    const signed = await core.sign(message([]), signing, { components, parameters: { created: 1, keyid: 'alice' } })
    const received = message(core.appendSignature([], signed))
    const [signature] = core.parseSignatures(received)
    const verified = await core.verifySignature(
      received,
      signature!,
      await core.importVerifyingKey(core.hmacSha256, key),
    )
    expect(verified.keyId).toBe('alice')
  })
})

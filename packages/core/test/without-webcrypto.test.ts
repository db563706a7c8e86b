import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createContentDigest,
  ed25519,
  generateKey,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
} from '../src/index.ts'

/** A browser on an insecure origin: random numbers, and no `crypto.subtle`. */
describe('without WebCrypto', () => {
  beforeEach(() => {
    const { crypto } = globalThis
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const base = new TextEncoder().encode('"@signature-params": ()')
  const secret = new Uint8Array(40).fill(9)

  it('hashes and signs with HMAC all the same', async () => {
    const key = await importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
    const signature = new Uint8Array(await key.sign(base))
    expect(signature).toEqual(new Uint8Array(createHmac('sha256', secret).update(base).digest()))
    const verifying = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })
    expect(await verifying.verify(base, signature)).toBe(true)
    expect(await verifying.verify(base, signature.slice(1))).toBe(false)
    expect(await createContentDigest(new Uint8Array(0), ['sha-256', 'sha-512'])).toBe(
      'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, ' +
        'sha-512=:z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==:',
    )
  })

  it('says what to do where an algorithm needs it', async () => {
    await expect(generateKey(ed25519)).rejects.toThrow(/https/)
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    await expect(importVerifyingKey(ed25519, { jwk }, { keyId: 'bob' })).rejects.toThrow(TypeError)
  })
})

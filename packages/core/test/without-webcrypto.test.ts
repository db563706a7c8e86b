import { createHmac, createPrivateKey, verify } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { suitableBackend, useBackend } from '../src/crypto/platform.ts'
import {
  createContentDigest,
  ecdsaP256Sha256,
  ed25519,
  generateKey,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  rsaPssSha512,
} from '../src/index.ts'
import { ed25519Jwk, ed25519PrivatePem, p256Jwk, rsaPssJwk } from './crypto/rfc9421-keys.ts'

/** A browser on an insecure origin: random numbers, no `crypto.subtle`, and no `node:crypto`. */
describe('without WebCrypto', () => {
  beforeEach(async () => {
    const { crypto } = globalThis
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    await useBackend('noble')
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.doUnmock('@noble/curves/ed25519.js')
    vi.doUnmock('@noble/curves/nist.js')
    await useBackend(suitableBackend())
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

  it('signs and verifies on the curves with @noble/curves', async () => {
    for (const [algorithm, jwk, nodeHash] of [
      [ed25519, ed25519Jwk, null],
      [ecdsaP256Sha256, p256Jwk, 'sha256'],
    ] as const) {
      const signing = await importSigningKey(algorithm, { jwk })
      const verifying = await importVerifyingKey(algorithm, { jwk })
      const signature = new Uint8Array(await signing.sign(base))
      expect(await verifying.verify(base, signature)).toBe(true)
      const key = createPrivateKey({ key: jwk, format: 'jwk' })
      expect(verify(nodeHash, base, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
    }
  })

  it('says what to do where @noble/curves is not installed', async () => {
    const missing = (): never => {
      throw new Error('Cannot find package')
    }
    vi.doMock('@noble/curves/ed25519.js', missing)
    vi.doMock('@noble/curves/nist.js', missing)
    for (const act of [
      () => importVerifyingKey(ed25519, { jwk: ed25519Jwk }),
      () => importSigningKey(ecdsaP256Sha256, { jwk: p256Jwk }),
    ]) {
      await expect(act()).rejects.toThrow(TypeError)
      await expect(act()).rejects.toThrow(/https, or the package @noble\/curves: install it/)
    }
  })

  it('says what to do where an algorithm needs WebCrypto', async () => {
    const cryptoKey = { algorithm: { name: 'Ed25519' }, type: 'public', usages: ['verify'], extractable: true }
    for (const act of [
      () => generateKey(ed25519),
      () => importSigningKey(rsaPssSha512, { jwk: rsaPssJwk }),
      () => importVerifyingKey(ed25519, { cryptoKey: cryptoKey as never }, { keyId: 'bob' }),
    ]) {
      await expect(act()).rejects.toThrow(TypeError)
      await expect(act()).rejects.toThrow(/https/)
    }
  })

  it('still refuses what is no key', async () => {
    const pem = ed25519PrivatePem.replace('DYvh6', 'DYvh')
    await expect(importSigningKey(ed25519, { pem }, { keyId: 'bob' })).rejects.toThrow(TypeError)
  })
})

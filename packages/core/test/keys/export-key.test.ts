import { createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  exportJwk,
  exportPem,
  generateKey,
  hmacSha256,
  jwkThumbprint,
  rsaPssSha512,
  rsaV15Sha256,
} from '../../src/index.ts'
import { algorithms } from '../crypto/each-backend.ts'

/** How node:crypto describes the keys of each algorithm. */
const descriptions: Readonly<Record<string, object>> = {
  ed25519: { asymmetricKeyType: 'ed25519' },
  'ecdsa-p256-sha256': { asymmetricKeyType: 'ec', asymmetricKeyDetails: { namedCurve: 'prime256v1' } },
  'ecdsa-p384-sha384': { asymmetricKeyType: 'ec', asymmetricKeyDetails: { namedCurve: 'secp384r1' } },
  'rsa-pss-sha512': rsa(),
  'rsa-v1_5-sha256': rsa(),
}

function rsa(): object {
  return { asymmetricKeyType: 'rsa', asymmetricKeyDetails: { modulusLength: 3072, publicExponent: 65537n } }
}

describe.each(algorithms.filter((algorithm) => algorithm !== hmacSha256))('a new key for $name', (algorithm) => {
  it('is exported as PEM and JWK that node:crypto reads', async () => {
    const generated = await generateKey(algorithm, { extractable: true })
    const { cryptoKey, publicCryptoKey, privateJwk, publicJwk, keyId } = generated
    const privatePem = await exportPem(cryptoKey)
    const publicPem = await exportPem(publicCryptoKey!)
    expect(privatePem).toMatch(/^-----BEGIN PRIVATE KEY-----\n([\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/)
    expect(publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n([\w+/=]{1,64}\n)+-----END PUBLIC KEY-----\n$/)

    const privateKey = createPrivateKey(privatePem)
    const publicKey = createPublicKey(publicPem)
    expect(privateKey).toMatchObject(descriptions[algorithm.name]!)
    expect(createPublicKey(privateKey).equals(publicKey)).toBe(true)
    expect(createPrivateKey({ key: privateJwk as never, format: 'jwk' }).equals(privateKey)).toBe(true)
    expect(await exportJwk(cryptoKey, { keyId })).toEqual(privateJwk)
    expect(await exportJwk(publicCryptoKey!, { keyId })).toEqual(publicJwk)
    expect(publicJwk).not.toHaveProperty('d')
    expect(keyId).toBe(await jwkThumbprint(privateJwk!))
  })

  it('is non-extractable unless that is asked for, and its public half extractable always', async () => {
    const { cryptoKey, publicCryptoKey, privateJwk } = await generateKey(algorithm)
    expect(privateJwk).toBeUndefined()
    for (const act of [() => exportPem(cryptoKey), () => exportJwk(cryptoKey)]) {
      await expect(act()).rejects.toThrow(TypeError)
      await expect(act()).rejects.toThrow(/non-extractable.*\{ extractable: true \}/)
    }
    expect(await exportPem(publicCryptoKey!)).toContain('PUBLIC KEY')
  })
})

describe('exportJwk', () => {
  it('says the padding of an RSA key, which nothing else does', async () => {
    expect((await generateKey(rsaPssSha512)).publicJwk).toMatchObject({ kty: 'RSA', alg: 'PS512' })
    expect((await generateKey(rsaV15Sha256)).publicJwk).toMatchObject({ kty: 'RSA', alg: 'RS256' })
  })

  it('exports a secret, and leaves out the name where none is given', async () => {
    const { cryptoKey, privateJwk, publicCryptoKey } = await generateKey(hmacSha256, { extractable: true })
    const { kid: _kid, ...unnamed } = privateJwk!
    expect(await exportJwk(cryptoKey)).toEqual(unnamed)
    expect(publicCryptoKey).toBeUndefined()
  })
})

it('exportPem has no form for a secret', async () => {
  const { cryptoKey } = await generateKey(hmacSha256, { extractable: true })
  await expect(exportPem(cryptoKey)).rejects.toThrow(/exportJwk/)
})

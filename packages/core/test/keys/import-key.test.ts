import { createPrivateKey, webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  ed25519,
  generateKey,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  jwkThumbprint,
} from '../../src/index.ts'
import { generatePair } from '../generate-pair.ts'

const base = new TextEncoder().encode('"@signature-params": ()')
const secret = new Uint8Array(32).fill(7)

describe('HMAC secrets', () => {
  it.each([
    ['bytes', { secret }],
    ['base64', { secret: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=' }],
    ['base64 without padding', { secret: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc' }],
    ['a JWK', { jwk: { kty: 'oct', k: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc', alg: 'HS256' } }],
  ])('are the same from %s', async (_from, source) => {
    const signing = await importSigningKey(hmacSha256, source, { keyId: 'alice' })
    const verifying = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })
    const signature = new Uint8Array(await signing.sign(base))
    expect(await verifying.verify(base, signature)).toBe(true)
    signature[0]! ^= 1
    expect(await verifying.verify(base, signature)).toBe(false)
  })

  it('can be non-extractable CryptoKeys', async () => {
    const parameters = { name: 'HMAC', hash: 'SHA-256' }
    const cryptoKey = await webcrypto.subtle.importKey('raw', secret, parameters, false, ['sign', 'verify'])
    const signing = await importSigningKey(hmacSha256, { cryptoKey }, { keyId: 'alice' })
    const verifying = await importVerifyingKey(hmacSha256, { cryptoKey }, { keyId: 'alice' })
    expect(await verifying.verify(base, new Uint8Array(await signing.sign(base)))).toBe(true)
  })

  it('are copied, so that the caller may wipe them', async () => {
    const bytes = secret.slice()
    const key = await importSigningKey(hmacSha256, { secret: bytes }, { keyId: 'alice' })
    const before = await key.sign(base)
    bytes.fill(0)
    expect(await key.sign(base)).toEqual(before)
  })

  it.each([
    ['31 bytes', { secret: new Uint8Array(31) }, /at least 32 random bytes/],
    ['nothing', { secret: new Uint8Array(0) }, /at least 32 random bytes/],
    ['an empty string', { secret: '' }, /at least 32 random bytes/],
    ['undefined', { secret: undefined as never }, /must be a Uint8Array/],
    ['text that is no base64', { secret: 'correct horse battery staple correct horse' }, /must be base64/],
    [
      'a PEM public key (attack 85)',
      { secret: new TextEncoder().encode('-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA') },
      /PEM or JWK/,
    ],
    [
      'a JWK text (attack 85)',
      { secret: new TextEncoder().encode('{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAA"}') },
      /PEM or JWK/,
    ],
    ['a short JWK', { jwk: { kty: 'oct', k: 'AAAA' } }, /at least 32 random bytes/],
    ['a JWK for another hash', { jwk: { kty: 'oct', k: 'A'.repeat(64), alg: 'HS512' } }, /HS256/],
    ['a JWK of a public key', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } }, /kty "oct"/],
    ['a PEM', { pem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' }, /no PEM form/],
    ['no source', {} as never, /pass one of/],
  ])('refuse %s', async (_what, source, message) => {
    await expect(importVerifyingKey(hmacSha256, source, { keyId: 'alice' })).rejects.toThrow(TypeError)
    await expect(importVerifyingKey(hmacSha256, source, { keyId: 'alice' })).rejects.toThrow(message)
  })

  it('refuse short CryptoKeys and other hashes', async () => {
    for (const [length, hash] of [
      [128, 'SHA-256'],
      [512, 'SHA-512'],
    ] as const) {
      const parameters = { name: 'HMAC', hash, length }
      const cryptoKey = await webcrypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
      await expect(importSigningKey(hmacSha256, { cryptoKey }, { keyId: 'alice' })).rejects.toThrow(TypeError)
    }
  })
})

describe('Ed25519 keys', () => {
  const { privateKey, publicKey } = generatePair('ed25519')
  const privateJwk = privateKey.export({ format: 'jwk' })
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const publicPem = publicKey.export({ format: 'pem', type: 'spki' }).toString()

  it('come from JWK, PEM and CryptoKey alike', async () => {
    const imported = await webcrypto.subtle.importKey('jwk', privateJwk, { name: 'Ed25519' }, false, ['sign'])
    for (const source of [{ jwk: privateJwk }, { pem: privatePem }, { cryptoKey: imported }]) {
      const signing = await importSigningKey(ed25519, source, { keyId: 'bob' })
      for (const other of [{ jwk: privateJwk }, { pem: publicPem }]) {
        const verifying = await importVerifyingKey(ed25519, other, { keyId: 'bob' })
        expect(await verifying.verify(base, new Uint8Array(await signing.sign(base)))).toBe(true)
      }
    }
  })

  it('take their name from the kid of a JWK', async () => {
    const key = await importVerifyingKey(ed25519, { jwk: { ...privateJwk, kid: 'from-jwk' } })
    expect(key.keyId).toBe('from-jwk')
    expect(key.algorithm).toBe('ed25519')
  })

  const wrongSources: [string, () => unknown, RegExp][] = [
    ['a public JWK for signing', () => ({ jwk: { ...privateJwk, d: undefined } }), /private JWK/],
    ['a public PEM for signing', () => ({ pem: publicPem }), /needs a "PRIVATE KEY"/],
    ['a key for encryption', () => ({ jwk: { ...privateJwk, use: 'enc' } }), /"use"/],
    ['another curve (attack 86)', () => ({ jwk: { ...privateJwk, crv: 'X25519' } }), /crv "Ed25519"/],
    ['alg at odds with crv (attack 86)', () => ({ jwk: { ...privateJwk, alg: 'ES256' } }), /EdDSA/],
    ['a raw secret', () => ({ secret }), /hmac-sha256/],
    ['no PEM at all', () => ({ pem: 'hello' }), /one "PRIVATE KEY" block/],
    ['a broken PEM', () => ({ pem: privatePem.replace('\nM', '\n=') }), /base64|PRIVATE KEY/],
    ['a public CryptoKey for signing', () => ({ cryptoKey: { algorithm: { name: 'Ed25519' }, usages: [] } }), /usage/],
    ['a CryptoKey of another algorithm', () => ({ cryptoKey: { algorithm: { name: 'HMAC' }, usages: [] } }), /ed25519/],
  ]

  it.each(wrongSources)('refuse %s', async (_what, source, message) => {
    await expect(importSigningKey(ed25519, source() as never, { keyId: 'bob' })).rejects.toThrow(TypeError)
    await expect(importSigningKey(ed25519, source() as never, { keyId: 'bob' })).rejects.toThrow(message)
  })

  it('refuse a PEM of another algorithm', async () => {
    const { publicKey: p256 } = generatePair('ec', { namedCurve: 'P-256' })
    const pem = p256.export({ format: 'pem', type: 'spki' }).toString()
    await expect(importVerifyingKey(ed25519, { pem }, { keyId: 'bob' })).rejects.toThrow(/not a key for ed25519/)
  })

  it('need a public CryptoKey whose bytes can be checked', async () => {
    const { d: _d, ...publicJwk } = privateJwk
    const cryptoKey = await webcrypto.subtle.importKey('jwk', publicJwk, { name: 'Ed25519' }, false, ['verify'])
    await expect(importVerifyingKey(ed25519, { cryptoKey }, { keyId: 'bob' })).rejects.toThrow(/extractable/)
  })
})

describe('key ids', () => {
  it.each([
    ['a quotation mark', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a line break', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['non-ASCII text', 'älice'],
    ['257 characters', 'a'.repeat(257)],
    ['nothing', ''],
  ])('are refused with %s (attack 77)', async (_what, keyId) => {
    await expect(importSigningKey(hmacSha256, { secret }, { keyId })).rejects.toThrow(TypeError)
    await expect(generateKey(hmacSha256, { keyId })).rejects.toThrow(TypeError)
  })

  it('are asked for where there is none', async () => {
    await expect(importSigningKey(hmacSha256, { secret })).rejects.toThrow(/pass \{ keyId \}/)
  })
})

describe('generateKey', () => {
  it.each([hmacSha256, ed25519])('makes keys that sign and verify: $name', async (algorithm) => {
    const { signingKey, verifyingKey, cryptoKey, keyId } = await generateKey(algorithm)
    expect(await verifyingKey.verify(base, new Uint8Array(await signingKey.sign(base)))).toBe(true)
    expect(cryptoKey.extractable).toBe(false)
    expect(signingKey.keyId).toBe(keyId)
    // Attack 108.
    await expect(webcrypto.subtle.exportKey('jwk', cryptoKey as never)).rejects.toThrow()
  })

  it('gives the private key away only when asked', async () => {
    expect((await generateKey(ed25519)).privateJwk).toBeUndefined()
    const { privateJwk, publicJwk, keyId, signingKey } = await generateKey(ed25519, { extractable: true })
    expect(publicJwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: privateJwk!.x, kid: keyId })
    const again = await importSigningKey(ed25519, { jwk: privateJwk! })
    expect(await again.sign(base)).toEqual(await signingKey.sign(base))
  })

  it('makes HMAC secrets of 32 bytes, each another', async () => {
    const first = await generateKey(hmacSha256, { extractable: true })
    const second = await generateKey(hmacSha256, { extractable: true })
    expect(first.privateJwk).toMatchObject({ kty: 'oct', k: expect.stringMatching(/^[\w-]{43}$/), kid: first.keyId })
    expect(first.privateJwk!.k).not.toBe(second.privateJwk!.k)
    expect(first.publicJwk).toBeUndefined()
  })

  it('names a public key by its thumbprint', async () => {
    const { publicJwk, keyId } = await generateKey(ed25519)
    expect(keyId).toBe(await jwkThumbprint(publicJwk!))
  })
})

describe('jwkThumbprint (RFC 7638)', () => {
  it('is that of RFC 7638 3.1', async () => {
    const jwk = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    }
    expect(await jwkThumbprint(jwk)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('is that of RFC 8037 A.3', async () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    expect(await jwkThumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('is refused for a secret, and for half a key', async () => {
    await expect(jwkThumbprint({ kty: 'oct', k: 'AAAA' })).rejects.toThrow(TypeError)
    await expect(jwkThumbprint({ kty: 'OKP', crv: 'Ed25519' })).rejects.toThrow(/"x"/)
  })
})

it('agrees with node:crypto on a signature', async () => {
  const jwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
    x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
  }
  const { sign } = await import('node:crypto')
  const key = await importSigningKey(ed25519, { jwk }, { keyId: 'bob' })
  const expected = sign(null, base, createPrivateKey({ key: jwk, format: 'jwk' }))
  expect(new Uint8Array(await key.sign(base))).toEqual(new Uint8Array(expected))
})

/*
 * Attacks 82 to 91: who signed, with what.
 *
 * Not here:
 *   88  similar time, and 91, constant-time comparison: no test here reads a clock
 *   91  "on every runtime", and Wycheproof on each backend: tested in core
 */
import {
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  hmacSha256,
  importVerifyingKey,
  type KeySource,
  rsaPssSha512,
  rsaV15Sha256,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { describeGroup } from './describe-attacks.ts'
import { generatePair, jwkOf, pemOf } from './key-pairs.ts'
import { carolPublicJwk, carolPublicPem } from './keys.ts'

describeGroup('keys, algorithms, identity')

const named = { keyId: 'carol' }

const atOdds: readonly (readonly [what: string, members: JsonWebKey])[] = [
  ['alg of an HMAC', { alg: 'HS256' }],
  ['alg of ECDSA', { alg: 'ES256' }],
  ['alg none', { alg: 'none' }],
  ['curve of another size', { crv: 'Ed448' }],
  ['curve for key agreement', { crv: 'X25519' }],
  ['another key type', { kty: 'EC' }],
  ['another use', { use: 'enc' }],
]
/** Little-endian hex of the eight points of small order, and of the six further encodings that decode to one. */
const order8 = [
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03',
]
const weak = [
  `01${'00'.repeat(31)}`,
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(30)}7f`,
  `ec${'ff'.repeat(31)}`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  `${order8[0]}05`,
  `${order8[0]}85`,
  `${order8[1]}7a`,
  `${order8[1]}fa`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
]

/** RFC 8037 2 and RFC 8410 4. */
function sourcesOf(hex: string): readonly KeySource[] {
  const x = Buffer.from(hex, 'hex').toString('base64url')
  const base64 = Buffer.from(`302a300506032b6570032100${hex}`, 'hex').toString('base64')
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`
  return [{ jwk: { kty: 'OKP', crv: 'Ed25519', x } }, { pem }]
}

describe('keys that must not be trusted', () => {
  it('attack 85: a public key in the place of an HMAC secret', async () => {
    const texts = [
      carolPublicPem,
      `\n${carolPublicPem}`,
      JSON.stringify(carolPublicJwk),
      JSON.stringify(carolPublicJwk, null, 2),
    ]
    for (const text of texts) {
      const secret = new TextEncoder().encode(text)
      await expect(importVerifyingKey(hmacSha256, { secret }, named)).rejects.toThrow(TypeError)
    }
    for (const source of [{ pem: carolPublicPem }, { jwk: carolPublicJwk }]) {
      await expect(importVerifyingKey(hmacSha256, source, named)).rejects.toThrow(TypeError)
      await expect(importVerifyingKey(ed25519, source, named)).resolves.toMatchObject({ algorithm: 'ed25519' })
    }
  })

  it.each(atOdds)('attack 86: a JWK whose members are at odds: %s', async (_what, members) => {
    await expect(importVerifyingKey(ed25519, { jwk: { ...carolPublicJwk, ...members } }, named)).rejects.toThrow(
      TypeError,
    )
    await expect(
      importVerifyingKey(ed25519, { jwk: { ...carolPublicJwk, alg: 'EdDSA', use: 'sig' } }, named),
    ).resolves.toBeDefined()
  })
})

describe('keys of another size', () => {
  const ecdsa = [ecdsaP256Sha256, ecdsaP384Sha384]
  it.each(ecdsa)('attack 86: P-521, and the curve of another algorithm, for $name', async (algorithm) => {
    for (const namedCurve of ['P-256', 'P-384', 'P-521', 'secp256k1']) {
      const { publicKey } = generatePair.ec(namedCurve)
      for (const source of [{ pem: pemOf(publicKey) }, { jwk: jwkOf(publicKey) }]) {
        const importing = importVerifyingKey(algorithm, source, named)
        if (namedCurve === algorithm.keyParameters.namedCurve) await expect(importing).resolves.toBeDefined()
        else await expect(importing).rejects.toThrow(TypeError)
      }
    }
  })

  it.each([rsaPssSha512, rsaV15Sha256])('attack 91: RSA under 2048 bits for $name', async (algorithm) => {
    for (const modulusLength of [1024, 2040, 2048]) {
      const { publicKey } = generatePair.rsa(modulusLength)
      for (const source of [{ pem: pemOf(publicKey) }, { jwk: jwkOf(publicKey) }]) {
        const importing = importVerifyingKey(algorithm, source, named)
        if (modulusLength === 2048) await expect(importing).resolves.toBeDefined()
        else await expect(importing).rejects.toThrow(TypeError)
      }
    }
  })
})

describe('keys that are too weak', () => {
  it('attack 91: an HMAC secret under 32 bytes', async () => {
    for (const length of [0, 1, 16, 31]) {
      const secret = new Uint8Array(length).fill(7)
      await expect(importVerifyingKey(hmacSha256, { secret }, named)).rejects.toThrow(TypeError)
      const text = Buffer.from(secret).toString('base64')
      await expect(importVerifyingKey(hmacSha256, { secret: text }, named)).rejects.toThrow(TypeError)
    }
    await expect(importVerifyingKey(hmacSha256, { secret: new Uint8Array(32).fill(7) }, named)).resolves.toBeDefined()
  })

  it.each(weak)('attack 91: the Ed25519 public key %s', async (hex) => {
    const good = Buffer.from(String(carolPublicJwk.x), 'base64url').toString('hex')
    for (const source of sourcesOf(hex)) {
      await expect(importVerifyingKey(ed25519, source, named)).rejects.toThrow(TypeError)
    }
    for (const source of sourcesOf(good))
      await expect(importVerifyingKey(ed25519, source, named)).resolves.toBeDefined()
  })
})

import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import {
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  encodeUtf8,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  type KeySource,
  rsaPssSha512,
  rsaV15Sha256,
} from '../../src/index.ts'
import { verifyingKeyOf } from '../../src/keys/key.ts'
import { backendsOf, describeBackends } from '../crypto/each-backend.ts'
import { generatePair } from '../generate-pair.ts'

const p256 = generatePair('ec', { namedCurve: 'P-256' })
const otherP256 = generatePair('ec', { namedCurve: 'P-256' })
const p384 = generatePair('ec', { namedCurve: 'P-384' })
const p521 = generatePair('ec', { namedCurve: 'P-521' })
const secp256k1 = generatePair('ec', { namedCurve: 'secp256k1' })
const ed = generatePair('ed25519')
const otherEd = generatePair('ed25519')
const rsa = generatePair('rsa', { modulusLength: 2048 })
const otherRsa = generatePair('rsa', { modulusLength: 2048 })
const shortRsa = generatePair('rsa', { modulusLength: 2040 })
const restrictedPss = generatePair('rsa-pss', {
  modulusLength: 2048,
  hashAlgorithm: 'sha256',
  mgf1HashAlgorithm: 'sha256',
  // A number, whatever its type says.
  saltLength: 32 as never,
})

function jwkOf(key: KeyObject): JsonWebKey {
  return key.export({ format: 'jwk' }) as JsonWebKey
}

function pemOf(key: KeyObject): { pem: string } {
  const type = key.type === 'private' ? 'pkcs8' : 'spki'
  return { pem: key.export({ format: 'pem', type } as never).toString() }
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function without(jwk: JsonWebKey, member: 'p' | 'y'): JsonWebKey {
  const { [member]: _left, ...members } = jwk
  return members
}

type Refusal = readonly [what: string, algorithm: SignatureAlgorithm, source: KeySource, message: RegExp]

const signingRefusals: readonly Refusal[] = [
  ['a P-521 PEM', ecdsaP256Sha256, pemOf(p521.privateKey), /not a key for ecdsa-p256-sha256.*openssl pkey/],
  ['a P-521 JWK', ecdsaP384Sha384, { jwk: jwkOf(p521.privateKey) }, /needs kty "EC" and crv "P-384"/],
  ['a P-256 PEM for P-384', ecdsaP384Sha384, pemOf(p256.privateKey), /not a key for ecdsa-p384-sha384/],
  ['a secp256k1 PEM', ecdsaP256Sha256, pemOf(secp256k1.privateKey), /not a key for ecdsa-p256-sha256/],
  ['an RSA PEM', ed25519, pemOf(rsa.privateKey), /not a key for ed25519/],
  [
    'a JWK of which d is another key',
    ecdsaP256Sha256,
    mixed(p256, otherP256, 'd'),
    /do not belong together|not a valid/,
  ],
  [
    'a JWK of which d is zero',
    ecdsaP256Sha256,
    { jwk: { ...jwkOf(p256.privateKey), d: base64Url(new Uint8Array(32)) } },
    /not a valid|do not belong/,
  ],
  ['a JWK of which x is another key', ed25519, mixed(ed, otherEd, 'x'), /do not belong together|not a valid/],
  [
    'a private exponent that is no text',
    ed25519,
    { jwk: { ...jwkOf(ed.privateKey), d: 7 as never } },
    /"d" of 32 bytes/,
  ],
  [
    'a JWK that may only verify',
    ed25519,
    { jwk: { ...jwkOf(ed.privateKey), key_ops: ['verify'] } },
    /not meant to sign/,
  ],
]

const rsaSigningRefusals: readonly Refusal[] = [
  ['a short RSA PEM', rsaPssSha512, pemOf(shortRsa.privateKey), /at least 2048 bits, and this one has 2040/],
  ['a short RSA JWK', rsaV15Sha256, { jwk: jwkOf(shortRsa.privateKey) }, /at least 2048 bits, and this one has 2040/],
  ['a JWK of which n is another key', rsaPssSha512, mixed(rsa, otherRsa, 'n'), /do not belong together|not a valid/],
  ['a JWK without its primes', rsaPssSha512, { jwk: without(jwkOf(rsa.privateKey), 'p') }, /"p" of base64url/],
  ['a restricted PSS PEM', rsaPssSha512, pemOf(restrictedPss.privateKey), /not a key for rsa-pss-sha512.*\{ jwk \}/],
  ['an EC PEM', rsaPssSha512, pemOf(p256.privateKey), /not a key for rsa-pss-sha512/],
]

const p256Public = jwkOf(p256.publicKey)
const verifyingRefusals: readonly Refusal[] = [
  ['a P-521 PEM', ecdsaP384Sha384, pemOf(p521.publicKey), /not a key for ecdsa-p384-sha384/],
  ['a P-521 JWK', ecdsaP256Sha256, { jwk: jwkOf(p521.publicKey) }, /needs kty "EC" and crv "P-256"/],
  ['a P-384 PEM for P-256', ecdsaP256Sha256, pemOf(p384.publicKey), /not a key for ecdsa-p256-sha256/],
  ['ES384 for P-256', ecdsaP256Sha256, { jwk: { ...p256Public, alg: 'ES384' } }, /ES256/],
  ['a point off the curve', ecdsaP256Sha256, mixed(p256, otherP256, 'y', 'publicKey'), /not a valid key/],
  ['a short coordinate', ecdsaP256Sha256, { jwk: { ...p256Public, x: p256Public.x!.slice(4) } }, /"x" of 32 bytes/],
  ['a long coordinate', ecdsaP256Sha256, { jwk: { ...p256Public, x: `AAAA${p256Public.x}` } }, /"x" of 32 bytes/],
  ['stray characters', ecdsaP256Sha256, { jwk: { ...p256Public, x: `${p256Public.x!.slice(1)}!` } }, /base64url/],
  ['a missing coordinate', ecdsaP256Sha256, { jwk: without(p256Public, 'y') }, /"y" of 32 bytes/],
  ['a key for encryption', ecdsaP256Sha256, { jwk: { ...p256Public, use: 'enc' } }, /not meant to verify/],
  ['other operations', ecdsaP256Sha256, { jwk: { ...p256Public, key_ops: ['deriveBits'] } }, /"key_ops"/],
  ['a secret', ecdsaP256Sha256, { secret: new Uint8Array(32) }, /\{ secret \} is for hmac-sha256/],
  ['a private PEM', ed25519, pemOf(ed.privateKey), /needs a "PUBLIC KEY".*openssl pkey -pubout/],
]

const rsaPublic = jwkOf(rsa.publicKey)
const rsaVerifyingRefusals: readonly Refusal[] = [
  ['a short RSA PEM', rsaV15Sha256, pemOf(shortRsa.publicKey), /at least 2048 bits, and this one has 2040/],
  ['a short RSA JWK', rsaPssSha512, { jwk: jwkOf(shortRsa.publicKey) }, /at least 2048 bits, and this one has 2040/],
  ['a PSS JWK as v1_5 (attack 86)', rsaV15Sha256, { jwk: { ...rsaPublic, alg: 'PS512' } }, /RS256/],
  ['a v1_5 JWK as PSS', rsaPssSha512, { jwk: { ...rsaPublic, alg: 'RS256' } }, /PS512/],
  ['a PSS JWK of another hash', rsaPssSha512, { jwk: { ...rsaPublic, alg: 'PS256' } }, /PS512/],
  ['a PSS PEM as v1_5 (attack 86)', rsaV15Sha256, pemOf(restrictedPss.publicKey), /not a key for rsa-v1_5-sha256/],
  ['a PSS PEM of another hash', rsaPssSha512, pemOf(restrictedPss.publicKey), /not a key for rsa-pss-sha512/],
  ['the exponent 1', rsaV15Sha256, { jwk: { ...rsaPublic, e: 'AQ' } }, /exponent.*65537/],
  ['no exponent', rsaPssSha512, { jwk: { ...rsaPublic, e: '' } }, /exponent|not a valid/],
  ['an even exponent', rsaPssSha512, { jwk: { ...rsaPublic, e: 'AQAA' } }, /exponent|not a valid/],
  [
    'an enormous exponent',
    rsaPssSha512,
    { jwk: { ...rsaPublic, e: base64Url(new Uint8Array(32).fill(255)) } },
    /exponent|not a valid/,
  ],
]

/** A JWK with one member of another key. */
function mixed(
  key: { privateKey: KeyObject; publicKey: KeyObject },
  other: { privateKey: KeyObject; publicKey: KeyObject },
  member: 'd' | 'n' | 'x' | 'y',
  half: 'privateKey' | 'publicKey' = 'privateKey',
): KeySource {
  return { jwk: { ...jwkOf(key[half]), [member]: jwkOf(other[half])[member] } }
}

async function expectTypeError(importing: Promise<unknown>, message: RegExp): Promise<void> {
  const error: unknown = await importing.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect((error as TypeError).message).toMatch(message)
}

describe('for signing', () => {
  describeBackends(backendsOf(ed25519), () => {
    it.each(signingRefusals)('%s is refused', async (_what, algorithm, source, message) => {
      await expectTypeError(importSigningKey(algorithm, source, { keyId: 'k' }), message)
    })
  })
  describeBackends(backendsOf(rsaPssSha512), () => {
    it.each(rsaSigningRefusals)('%s is refused', async (_what, algorithm, source, message) => {
      await expectTypeError(importSigningKey(algorithm, source, { keyId: 'k' }), message)
    })
  })
})

describe('for verifying', () => {
  describeBackends(backendsOf(ed25519), () => {
    it.each(verifyingRefusals)('%s is refused', async (_what, algorithm, source, message) => {
      await expectTypeError(importVerifyingKey(algorithm, source, { keyId: 'k' }), message)
    })
  })
  describeBackends(backendsOf(rsaPssSha512), () => {
    it.each(rsaVerifyingRefusals)('%s is refused', async (_what, algorithm, source, message) => {
      await expectTypeError(importVerifyingKey(algorithm, source, { keyId: 'k' }), message)
    })
  })
})

describe('CryptoKeys of another scheme are refused:', () => {
  const { subtle } = webcrypto
  const exponent = { publicExponent: Uint8Array.of(1, 0, 1) }

  it.each([
    [
      'RSA-PSS as v1_5',
      rsaV15Sha256,
      { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, ...exponent },
      /RSA-PSS SHA-256/,
    ],
    [
      'v1_5 as RSA-PSS',
      rsaPssSha512,
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512', modulusLength: 2048, ...exponent },
      /it is for RSASSA/,
    ],
    ['another hash', rsaPssSha512, { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, ...exponent }, /SHA-256/],
    ['short RSA', rsaPssSha512, { name: 'RSA-PSS', hash: 'SHA-512', modulusLength: 1024, ...exponent }, /2048 bits/],
    ['another curve', ecdsaP256Sha256, { name: 'ECDSA', namedCurve: 'P-384' }, /ECDSA P-384/],
    ['P-521', ecdsaP384Sha384, { name: 'ECDSA', namedCurve: 'P-521' }, /ECDSA P-521/],
  ] as const)('%s', async (_what, algorithm, parameters, message) => {
    const pair = (await subtle.generateKey(parameters, false, ['sign', 'verify'])) as CryptoKeyPair
    await expectTypeError(importSigningKey(algorithm, { cryptoKey: pair.privateKey }, { keyId: 'k' }), message)
    await expectTypeError(importVerifyingKey(algorithm, { cryptoKey: pair.publicKey }, { keyId: 'k' }), message)
  })

  it('the private half for verifying, the public half for signing', async () => {
    const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = await subtle.generateKey(parameters, false, ['sign', 'verify'])
    const { privateKey, publicKey } = pair as CryptoKeyPair
    await expectTypeError(
      importVerifyingKey(ecdsaP256Sha256, { cryptoKey: privateKey }, { keyId: 'k' }),
      /usage "verify"/,
    )
    await expectTypeError(importSigningKey(ecdsaP256Sha256, { cryptoKey: publicKey }, { keyId: 'k' }), /usage "sign"/)
  })
})

describe('signatures in another form are false, and nothing is thrown:', () => {
  const base = encodeUtf8('base')

  describeBackends(backendsOf(ecdsaP256Sha256), () => {
    it('ECDSA in DER (attack 87)', async () => {
      const { sign } = await import('node:crypto')
      const key = await importVerifyingKey(ecdsaP256Sha256, pemOf(p256.publicKey), { keyId: 'k' })
      const der = new Uint8Array(sign('sha256', base, p256.privateKey))
      const p1363 = new Uint8Array(sign('sha256', base, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' }))
      expect(await key.verify(base, p1363)).toBe(true)
      expect(await key.verify(base, der)).toBe(false)
      // A DER signature with small r and s, padded to the length of r||s.
      const padded = new Uint8Array(64)
      padded.set(Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1))
      expect(await key.verify(base, padded)).toBe(false)
    })
  })

  it.each(
    [
      [hmacSha256, 32],
      [ed25519, 64],
      [ecdsaP256Sha256, 64],
      [ecdsaP384Sha384, 96],
      [rsaPssSha512, 257],
      [rsaV15Sha256, 257],
    ].map(([algorithm, length]) => ({ algorithm, length }) as { algorithm: SignatureAlgorithm; length: number }),
  )('any but $length bytes of $algorithm.name, before a backend sees them', ({ algorithm, length }) => {
    const verify = vi.fn(() => true)
    const key = verifyingKeyOf(algorithm, 'k', {
      facts: { modulusLength: 2049 },
      sign: () => new Uint8Array(),
      verify,
    })
    for (const wrong of [0, length - 1, length + 1, 2 * length]) {
      expect(key.verify(base, new Uint8Array(wrong).fill(9))).toBe(false)
    }
    expect(verify).not.toHaveBeenCalled()
    expect(key.verify(base, new Uint8Array(length).fill(9))).toBe(true)
  })
})

/** What an exponent of 1 would mean: OpenSSL verifies this, and nobody has signed it. */
it('a signature under the exponent 1 needs no private key', async () => {
  const { createHash, verify } = await import('node:crypto')
  const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const tail = Buffer.concat([Buffer.of(0), digestInfo, createHash('sha256').update('base').digest()])
  const forged = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(256 - 2 - tail.length, 0xff), tail])
  const key = createPublicKey({ key: { ...rsaPublic, e: 'AQ' } as never, format: 'jwk' })
  expect(verify('sha256', Buffer.from('base'), key, forged)).toBe(true)
})

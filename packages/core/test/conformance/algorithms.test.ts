import {
  constants,
  createHmac,
  createPublicKey,
  type KeyObject,
  sign as signWithNode,
  verify as verifyWithNode,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import {
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  encodeUtf8,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  rsaPssSha512,
  rsaV15Sha256,
} from '../../src/index.ts'
import { generatePair } from '../generate-pair.ts'

const base = encodeUtf8('"@method": GET\n"@signature-params": ("@method")')

/** A key pair of node:crypto, and how node:crypto signs and verifies with it. */
interface Reference {
  readonly algorithm: SignatureAlgorithm
  readonly keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  readonly hash: string | null
  readonly options: object
  /** Ways to sign that are near, and not the algorithm. */
  readonly others: readonly (readonly [what: string, hash: string | null, options: object])[]
  readonly signatureLength: number
}

const rsa = generatePair('rsa', { modulusLength: 2048 })
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
const p1363 = { dsaEncoding: 'ieee-p1363' }

const references: Readonly<Record<string, Reference>> = {
  'rsa-pss-sha512 (3.3.1)': {
    algorithm: rsaPssSha512,
    keys: rsa,
    hash: 'sha512',
    options: pss,
    others: [
      ['a salt of 63 bytes', 'sha512', { ...pss, saltLength: 63 }],
      ['a salt of 32 bytes', 'sha512', { ...pss, saltLength: 32 }],
      ['no salt', 'sha512', { ...pss, saltLength: 0 }],
      ['SHA-256', 'sha256', pss],
      ['the padding of PKCS #1 v1.5', 'sha512', {}],
    ],
    signatureLength: 256,
  },
  'rsa-v1_5-sha256 (3.3.2)': {
    algorithm: rsaV15Sha256,
    keys: rsa,
    hash: 'sha256',
    options: {},
    others: [
      ['SHA-512', 'sha512', {}],
      ['SHA-1', 'sha1', {}],
      ['the padding of PSS', 'sha256', { ...pss, saltLength: 32 }],
    ],
    signatureLength: 256,
  },
  'ecdsa-p256-sha256 (3.3.4)': {
    algorithm: ecdsaP256Sha256,
    keys: generatePair('ec', { namedCurve: 'P-256' }),
    hash: 'sha256',
    options: p1363,
    others: [
      ['DER', 'sha256', {}],
      ['SHA-384', 'sha384', p1363],
    ],
    signatureLength: 64,
  },
  'ecdsa-p384-sha384 (3.3.5)': {
    algorithm: ecdsaP384Sha384,
    keys: generatePair('ec', { namedCurve: 'P-384' }),
    hash: 'sha384',
    options: p1363,
    others: [
      ['DER', 'sha384', {}],
      ['SHA-256', 'sha256', p1363],
    ],
    signatureLength: 96,
  },
  'ed25519 (3.3.6)': {
    algorithm: ed25519,
    keys: generatePair('ed25519'),
    hash: null,
    options: {},
    others: [],
    signatureLength: 64,
  },
}

describe.each(Object.entries(references))('%s', (_name, reference) => {
  const { algorithm, keys, hash, options, others, signatureLength } = reference
  const jwkOf = (key: KeyObject): { jwk: JsonWebKey } => ({ jwk: key.export({ format: 'jwk' }) as JsonWebKey })
  const signed = (how: string | null, by: object, data = base): Uint8Array<ArrayBuffer> =>
    new Uint8Array(signWithNode(how, data, { key: keys.privateKey, ...by }))

  it('makes signatures that node:crypto verifies', async () => {
    const key = await importSigningKey(algorithm, jwkOf(keys.privateKey), { keyId: 'k' })
    for (let times = 0; times < 20; times++) {
      const signature = await key.sign(base)
      expect(signature).toHaveLength(signatureLength)
      expect(verifyWithNode(hash, base, { key: keys.publicKey, ...options }, signature)).toBe(true)
    }
  })

  it('verifies signatures that node:crypto makes, and none over anything else', async () => {
    const key = await importVerifyingKey(algorithm, jwkOf(keys.publicKey), { keyId: 'k' })
    for (let times = 0; times < 20; times++) expect(await key.verify(base, signed(hash, options))).toBe(true)
    expect(await key.verify(base, signed(hash, options, encodeUtf8('other')))).toBe(false)
    // The bytes of the base themselves are signed: no base64 and no JOSE header before them (3.3.7).
    const asJws = encodeUtf8(`e30.${Buffer.from(base).toString('base64url')}`)
    expect(await key.verify(base, signed(hash, options, asJws))).toBe(false)
  })

  it('verifies nothing that is signed in another way', async () => {
    const key = await importVerifyingKey(algorithm, jwkOf(keys.publicKey), { keyId: 'k' })
    for (const [what, otherHash, otherOptions] of others) {
      expect(await key.verify(base, signed(otherHash, otherOptions)), what).toBe(false)
    }
  })
})

describe('rsa-pss-sha512 (3.3.1)', () => {
  it('verifies nothing that is masked with MGF1 and another hash', async () => {
    for (const [mgf1HashAlgorithm, verifies] of [
      ['sha512', true],
      ['sha256', false],
    ] as const) {
      // A number, whatever its type says.
      const parameters = { modulusLength: 2048, hashAlgorithm: 'sha512', mgf1HashAlgorithm, saltLength: 64 as never }
      const { privateKey, publicKey } = generatePair('rsa-pss', parameters)
      const spki = publicKey.export({ format: 'der', type: 'spki' })
      const key = await importVerifyingKey(rsaPssSha512, { jwk: bareRsaJwk(spki) }, { keyId: 'k' })
      const signature = new Uint8Array(signWithNode('sha512', base, privateKey))
      expect(await key.verify(base, signature)).toBe(verifies)
    }
  })
})

/** The key inside an SPKI that says more than "RSA": RSAPublicKey of 2048 bits is its last 270 bytes. */
function bareRsaJwk(spki: Buffer): JsonWebKey {
  const key = createPublicKey({ key: spki.subarray(-270), format: 'der', type: 'pkcs1' })
  return key.export({ format: 'jwk' }) as JsonWebKey
}

describe('hmac-sha256 (3.3.3)', () => {
  const secret = new Uint8Array(32).fill(7)
  const mac = (hash: string): Uint8Array<ArrayBuffer> => new Uint8Array(createHmac(hash, secret).update(base).digest())

  it('is the HMAC of node:crypto', async () => {
    const key = await importSigningKey(hmacSha256, { secret }, { keyId: 'k' })
    expect(new Uint8Array(await key.sign(base))).toEqual(mac('sha256'))
  })

  it('is compared as a whole', async () => {
    const key = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'k' })
    expect(await key.verify(base, mac('sha256'))).toBe(true)
    for (let index = 0; index < 32; index++) {
      const altered = mac('sha256')
      altered[index]! ^= 1
      expect(await key.verify(base, altered)).toBe(false)
    }
    const wrong = [mac('sha256').subarray(0, 31), mac('sha512').subarray(0, 32), new Uint8Array(0)]
    for (const signature of wrong) expect(await key.verify(base, new Uint8Array(signature))).toBe(false)
  })
})

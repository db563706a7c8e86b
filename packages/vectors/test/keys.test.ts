import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import type { VectorKey } from './runner/vector.ts'
import { vectorKeys } from './vector-files.ts'

const pairs = Object.entries(vectorKeys).filter(([, { secret }]) => secret === undefined)
const secrets = Object.entries(vectorKeys).filter(([, { secret }]) => secret !== undefined)

/** What makes the key of an algorithm: the type of `node:crypto`, and the curve. */
const kinds: Readonly<Record<VectorKey['algorithm'], readonly [type: string, curve: string | undefined]>> = {
  'hmac-sha256': ['oct', undefined],
  ed25519: ['ed25519', undefined],
  'ecdsa-p256-sha256': ['ec', 'prime256v1'],
  'ecdsa-p384-sha384': ['ec', 'secp384r1'],
  'rsa-pss-sha512': ['rsa', undefined],
  'rsa-v1_5-sha256': ['rsa', undefined],
}

function spkiOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

test.each(pairs)('%s is the same public key as JWK and as PEM', (_name, { algorithm, publicJwk, publicPem = '' }) => {
  const key = createPublicKey(publicPem)
  expect([key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve]).toEqual([...kinds[algorithm]])
  expect(spkiOf(createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' }))).toBe(spkiOf(key))
})

const withPrivate = pairs.filter(
  ([, { privatePem, privateJwk }]) => privatePem !== undefined || privateJwk !== undefined,
)

test.each(withPrivate)(
  '%s has the private half of its public key',
  (_name, { privateJwk, privatePem = '', publicPem }) => {
    const key = createPrivateKey(privatePem)
    expect(createPrivateKey({ key: privateJwk as JsonWebKey, format: 'jwk' }).equals(key)).toBe(true)
    expect(spkiOf(createPublicKey(key))).toBe(spkiOf(createPublicKey(publicPem ?? '')))
  },
)

test.each(secrets)('%s is a secret for HMAC, and nothing else', (_name, key) => {
  expect(key.algorithm).toBe('hmac-sha256')
  const bytes = Buffer.from(key.secret ?? '', 'base64')
  expect(bytes.toString('base64')).toBe(key.secret)
  expect([key.publicJwk, key.publicPem, key.privateJwk, key.privatePem]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('two keys have the same keyid only where one of them is weak', () => {
  const trusted = Object.entries(vectorKeys).filter(([name]) => !name.startsWith('weak-'))
  const names = trusted.map(([, { keyid }]) => keyid)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

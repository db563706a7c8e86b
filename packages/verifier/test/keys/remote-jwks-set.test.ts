import { createPublicKey, type KeyObject } from 'node:crypto'
import { ed25519, rsaPssSha512, type VerifyingKey } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import type { IgnoredKeyReason, RemoteJwksOptions } from '../../src/index.ts'
import { generatePair, jwkOf } from '../attacks/key-pairs.ts'
import { newKey, outcomeOf, startJwksServer, watch } from './jwks-server.ts'

const good = newKey('good').jwk
const other = newKey('other').jwk
const rsa = jwkOf(generatePair.rsa(2048).publicKey)
const weakRsa = jwkOf(generatePair.rsa(1024).publicKey)
const p256 = jwkOf(generatePair.ec('P-256').publicKey)
const p384 = jwkOf(generatePair.ec('P-384').publicKey)
const p521 = jwkOf(generatePair.ec('P-521').publicKey)
const seconds = 1_800_000_000

const trusted: [string, Record<string, unknown>, VerifyingKey['algorithm']][] = [
  ['Ed25519', { ...other }, 'ed25519'],
  ['Ed25519 with its alg', { ...other, alg: 'EdDSA' }, 'ed25519'],
  ['Ed25519 with its newer alg', { ...other, alg: 'Ed25519' }, 'ed25519'],
  ['use and key_ops', { ...other, use: 'sig', key_ops: ['verify'] }, 'ed25519'],
  ['members of other formats', { ...other, x5t: 'AAAA', x5u: 'https://evil.example/', iat: 1, jku: 'x' }, 'ed25519'],
  ['not revoked', { ...other, revoked: false }, 'ed25519'],
  ['P-256', { ...p256 }, 'ecdsa-p256-sha256'],
  ['P-384', { ...p384, alg: 'ES384' }, 'ecdsa-p384-sha384'],
  ['RSA-PSS', { ...rsa, alg: 'PS512' }, 'rsa-pss-sha512'],
  ['RSA v1.5', { ...rsa, alg: 'RS256' }, 'rsa-v1_5-sha256'],
  ['nbf and exp', { ...other, nbf: 0, exp: seconds }, 'ed25519'],
]

const ignored: [string, unknown, IgnoredKeyReason][] = [
  ['null', null, 'not-a-jwk'],
  ['a text', 'key', 'not-a-jwk'],
  ['a list', [other], 'not-a-jwk'],
  ['no kid', { ...other, kid: undefined }, 'no-kid'],
  ['an empty kid', { ...other, kid: '' }, 'no-kid'],
  ['a number for a kid', { ...other, kid: 7 }, 'no-kid'],
  ['a kid with a line break', { ...other, kid: 'a\nb' }, 'no-kid'],
  ['a kid with a quotation mark', { ...other, kid: 'a"b' }, 'no-kid'],
  ['a kid that is too long', { ...other, kid: 'k'.repeat(257) }, 'no-kid'],
  ['a secret', { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', kid: 'other' }, 'symmetric'],
  ['a secret without itself', { kty: 'oct', kid: 'other' }, 'symmetric'],
  ['a secret beside a public key', { ...other, k: 'AAAA' }, 'symmetric'],
  ['a private Ed25519 key', { ...other, d: 'AAAA' }, 'private'],
  ['a private RSA key', { ...rsa, alg: 'PS512', kid: 'other', p: 'AAAA' }, 'private'],
  ['a private key of a later kind', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA', priv: 'AA', kid: 'other' }, 'private'],
  ['a key to encrypt with', { ...other, use: 'enc' }, 'other-use'],
  ['a use that is no text', { ...other, use: ['sig'] }, 'other-use'],
  ['key_ops without verify', { ...other, key_ops: ['sign'] }, 'other-use'],
  ['key_ops as a text', { ...other, key_ops: 'verify' }, 'other-use'],
  ['no key_ops in the list', { ...other, key_ops: [] }, 'other-use'],
  ['an alg of another key type', { ...other, alg: 'RS256' }, 'other-algorithm'],
  ['alg none', { ...other, alg: 'none' }, 'other-algorithm'],
  ['an alg that is no text', { ...other, alg: ['EdDSA'] }, 'other-algorithm'],
  ['a hash that RFC 9421 does not know', { ...rsa, kid: 'other', alg: 'PS256' }, 'other-algorithm'],
  ['a curve for key agreement', { ...other, crv: 'X25519' }, 'other-algorithm'],
  ['P-521', { ...p521, kid: 'other' }, 'other-algorithm'],
  ['a key type that nobody knows', { ...other, kty: 'XYZ' }, 'other-algorithm'],
  ['no key type', { ...other, kty: undefined }, 'other-algorithm'],
  ['RSA without alg', { ...rsa, kid: 'other' }, 'ambiguous-algorithm'],
  ['RSA that is too short', { ...weakRsa, alg: 'PS512', kid: 'other' }, 'unfit'],
  ['RSA with the exponent 1', { ...rsa, e: 'AQ', alg: 'PS512', kid: 'other' }, 'unfit'],
  ['a public key that is missing', { ...other, x: undefined }, 'unfit'],
  ['a public key that is no text', { ...other, x: 7 }, 'unfit'],
  ['a public key of another length', { ...other, x: 'AAAA' }, 'unfit'],
  ['an Ed25519 point of small order', { ...other, x: `AQ${'A'.repeat(41)}` }, 'unfit'],
  ['a point that is not on the curve', { ...p256, y: p256.x, kid: 'other' }, 'unfit'],
  ['exp in milliseconds', { ...other, exp: seconds * 1000 }, 'bad-validity'],
  ['exp before nbf', { ...other, nbf: seconds + 1, exp: seconds }, 'bad-validity'],
  ['nbf as a text', { ...other, nbf: String(seconds) }, 'bad-validity'],
  ['exp as null', { ...other, exp: null }, 'bad-validity'],
  ['a fraction of a second', { ...other, exp: seconds + 0.5 }, 'bad-validity'],
]

describe('the keys of a set', () => {
  it.each(trusted)('%s: trusted', async (_what, jwk, algorithm) => {
    const server = await startJwksServer([good, { ...jwk, kid: 'other' }])
    const { keys, events } = watch(server)
    await keys.refresh()
    expect(keys('other')).toMatchObject({ key: { keyId: 'other', algorithm }, revoked: false })
    expect(events).toEqual([{ type: 'fetched', keys: 2, ignored: 0, milliseconds: 0 }])
  })

  it.each(ignored)('%s: not trusted, and the others are', async (_what, jwk, reason) => {
    const server = await startJwksServer([jwk, good])
    const { keys, events } = watch(server)
    await keys.refresh()
    expect(await outcomeOf(keys, 'other')).toBe('unknown')
    expect(await outcomeOf(keys, 'good')).toBe('known')
    expect(events).toEqual([
      expect.objectContaining({ type: 'key-ignored', reason, index: 0 }),
      { type: 'fetched', keys: 1, ignored: 1, milliseconds: 0 },
    ])
  })

  it('no event holds a secret', async () => {
    const server = await startJwksServer([
      { kty: 'oct', k: 'hunter2hunter2', kid: 'a' },
      { ...other, kid: 'b', d: 'hunter2' },
      { ...other, kid: 'hunter2\n' },
    ])
    const { keys, events } = watch(server)
    await keys.refresh()
    expect(events.length).toBe(4)
    expect(JSON.stringify(events)).not.toContain('hunter2')
  })

  it('the key of the set verifies what its private half has signed, and nothing else', async () => {
    const { signer, jwk } = newKey('alice')
    const server = await startJwksServer([jwk])
    const { keys } = watch(server)
    await keys.refresh()
    const found = await keys('alice')
    const [base, signature] = [new TextEncoder().encode('base'), new Uint8Array(signer.sign('base'))]
    expect(await found?.key.verify(base, signature)).toBe(true)
    expect(await found?.key.verify(new TextEncoder().encode('bass'), signature)).toBe(false)
  })
})

describe('two keys of one kid', () => {
  it('neither is trusted, and both are told', async () => {
    const server = await startJwksServer([{ ...other, kid: 'twice' }, good, { ...p256, kid: 'twice' }])
    const { keys, events } = watch(server)
    await keys.refresh()
    expect([await outcomeOf(keys, 'twice'), await outcomeOf(keys, 'good')]).toEqual(['unknown', 'known'])
    expect(events.slice(0, 2)).toEqual([
      { type: 'key-ignored', reason: 'duplicate-kid', index: 0, keyId: 'twice' },
      { type: 'key-ignored', reason: 'duplicate-kid', index: 2, keyId: 'twice' },
    ])
  })

  it('not even when one of them is malformed or revoked', async () => {
    for (const second of [
      { ...other, x: 'AAAA' },
      { ...p256, revoked: true },
    ]) {
      const server = await startJwksServer([
        { ...other, kid: 'twice' },
        { ...second, kid: 'twice' },
      ])
      expect(await outcomeOf(watch(server).keys, 'twice')).toBe('unknown')
    }
  })

  it('a key for another purpose does not count', async () => {
    const server = await startJwksServer([other, { ...p256, kid: 'other', use: 'enc' }])
    expect(await outcomeOf(watch(server).keys, 'other')).toBe('known')
  })
})

describe('what a key says of itself', () => {
  it('cannot be changed by whoever asks for it', async () => {
    const server = await startJwksServer([{ ...good, revoked: true }])
    const { keys } = watch(server)
    await keys.refresh()
    const found = (await keys('good')) as { revoked?: boolean }
    expect(() => {
      found.revoked = false
    }).toThrow(TypeError)
    expect(keys('good')).toMatchObject({ revoked: true })
  })

  it('nbf, exp and revoked', async () => {
    const revoked = { revoked_at: 1_700_000_000, reason: 'compromised' }
    const server = await startJwksServer([
      { ...good, nbf: 5, exp: seconds },
      { ...other, revoked },
      ...[true, null, 1, 'no', {}].map((value, index) => ({ ...newKey(`r${index}`).jwk, revoked: value })),
    ])
    const { keys } = watch(server)
    await keys.refresh()
    expect(keys('good')).toMatchObject({ notBefore: 5, notAfter: seconds, revoked: false })
    for (const keyId of ['other', 'r0', 'r1', 'r2', 'r3', 'r4']) expect(keys(keyId)).toMatchObject({ revoked: true })
  })

  it('the principal is for the option to find', async () => {
    const server = await startJwksServer([{ ...good, owner: 'alice', principal: 'root' }, other])
    const silent = watch(server)
    await silent.keys.refresh()
    expect(silent.keys('good')).toMatchObject({ principal: undefined })
    const principal: RemoteJwksOptions['principal'] = (keyId, jwk) =>
      keyId === 'good' ? `partner/${String(jwk['owner'])}` : undefined
    const { keys } = watch(server, { principal })
    await keys.refresh()
    expect(keys('good')).toMatchObject({ principal: 'partner/alice' })
    expect(keys('other')).toMatchObject({ principal: undefined })
  })

  it.each([
    ['throws', () => expect.unreachable()],
    ['gives an empty text', () => ''],
    ['gives a number', () => 7],
    ['gives null', () => null],
  ])('a principal option that %s: the key is not trusted', async (_what, principal) => {
    const server = await startJwksServer([good])
    const { keys, events } = watch(server, { principal: principal as never })
    expect(await outcomeOf(keys, 'good')).toBe('unknown')
    expect(events[0]).toEqual({ type: 'key-ignored', reason: 'bad-principal', index: 0, keyId: 'good' })
  })
})

describe('the option algorithms', () => {
  it('leaves out what it does not name', async () => {
    const server = await startJwksServer([good, { ...p256, kid: 'p256' }])
    const { keys } = watch(server, { algorithms: [ed25519] })
    expect([await outcomeOf(keys, 'good'), await outcomeOf(keys, 'p256')]).toEqual(['known', 'unknown'])
  })

  it('may name one twice', async () => {
    const server = await startJwksServer([good])
    expect(await outcomeOf(watch(server, { algorithms: [ed25519, ed25519] }).keys, 'good')).toBe('known')
  })

  it('with a single one for RSA, a key need not say its alg', async () => {
    const server = await startJwksServer([{ ...rsa, kid: 'rsa' }])
    const { keys } = watch(server, { algorithms: [rsaPssSha512] })
    await keys.refresh()
    expect(keys('rsa')).toMatchObject({ key: { algorithm: 'rsa-pss-sha512' } })
  })
})

it('the keys of these tests are what they say', () => {
  const keyOf = (jwk: JsonWebKey): KeyObject => createPublicKey({ key: { ...jwk }, format: 'jwk' })
  expect(keyOf(rsa).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
  expect(keyOf(weakRsa).asymmetricKeyDetails).toMatchObject({ modulusLength: 1024 })
  expect(keyOf(p521).asymmetricKeyDetails).toMatchObject({ namedCurve: 'secp521r1' })
})

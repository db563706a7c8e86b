import { describe, expect, it } from 'vitest'
import {
  createRequestMessage,
  ed25519,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  parseSignatures,
  type RequestMessage,
  sign,
  verifySignature,
} from '../src/index.ts'

// RFC 9421 B.2: the test-request.
const testRequestFields = [
  ['Host', 'example.com'],
  ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
  ['Content-Type', 'application/json'],
  [
    'Content-Digest',
    'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
  ],
  ['Content-Length', '18'],
] as const

function testRequest(extra: readonly (readonly [string, string])[] = []): RequestMessage {
  return createRequestMessage({
    method: 'POST',
    url: 'https://example.com/foo?param=Value&Pet=dog',
    headers: [...testRequestFields, ...extra],
  })
}

// RFC 9421 B.1.5
const sharedSecret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=='

// RFC 9421 B.1.4
const ed25519Jwk = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'test-key-ed25519',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
}
const ed25519PublicPem = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
`
const ed25519PrivatePem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
`

describe('RFC 9421 B.2.5: a request signed with hmac-sha256', () => {
  const base = [
    '"date": Tue, 20 Apr 2021 02:07:55 GMT',
    '"@authority": example.com',
    '"content-type": application/json',
    '"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
  ].join('\n')
  const signatureInput = 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
  const signature = 'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:'

  it('is made byte for byte', async () => {
    const key = await importSigningKey(hmacSha256, { secret: sharedSecret }, { keyId: 'test-shared-secret' })
    const signed = await sign(testRequest(), key, {
      label: 'sig-b25',
      components: ['date', '@authority', 'content-type'],
      parameters: { created: 1618884473, keyid: 'test-shared-secret' },
    })
    expect(signed).toEqual({ base, signatureInput, signature })
  })

  it('verifies', async () => {
    const key = await importVerifyingKey(hmacSha256, { secret: sharedSecret }, { keyId: 'test-shared-secret' })
    const message = testRequest([
      ['Signature-Input', signatureInput],
      ['Signature', signature],
    ])
    const [unverified] = parseSignatures(message)
    const verified = await verifySignature(message, unverified!, key)
    expect(verified.label).toBe('sig-b25')
    expect(verified.parameters).toEqual({ created: 1618884473, keyid: 'test-shared-secret' })
  })
})

describe('RFC 9421 B.2.6: a request signed with ed25519', () => {
  const base = [
    '"date": Tue, 20 Apr 2021 02:07:55 GMT',
    '"@method": POST',
    '"@path": /foo',
    '"@authority": example.com',
    '"content-type": application/json',
    '"content-length": 18',
    '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  ].join('\n')
  const signatureInput =
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
  const signature = 'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:'

  it.each([
    ['a JWK', { jwk: ed25519Jwk }],
    ['a PEM', { pem: ed25519PrivatePem }],
  ])('is made byte for byte with a key from %s', async (_from, source) => {
    const key = await importSigningKey(ed25519, source, { keyId: 'test-key-ed25519' })
    const signed = await sign(testRequest(), key, {
      label: 'sig-b26',
      components: ['date', '@method', '@path', '@authority', 'content-type', 'content-length'],
      parameters: { created: 1618884473, keyid: 'test-key-ed25519' },
    })
    expect(signed).toEqual({ base, signatureInput, signature })
  })

  it.each([
    ['a public JWK', { jwk: { kty: 'OKP', crv: 'Ed25519', x: ed25519Jwk.x } }],
    ['a private JWK', { jwk: ed25519Jwk }],
    ['a PEM', { pem: ed25519PublicPem }],
  ])('verifies with a key from %s', async (_from, source) => {
    const key = await importVerifyingKey(ed25519, source, { keyId: 'test-key-ed25519' })
    const message = testRequest([
      ['Signature-Input', signatureInput],
      ['Signature', signature],
    ])
    const [unverified] = parseSignatures(message)
    const verified = await verifySignature(message, unverified!, key)
    expect(verified.keyId).toBe('test-key-ed25519')
    expect(verified.components.map((identifier) => identifier.name)).toEqual([
      'date',
      '@method',
      '@path',
      '@authority',
      'content-type',
      'content-length',
    ])
  })
})

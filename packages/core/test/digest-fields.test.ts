import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  chooseDigestAlgorithm,
  createContentDigest,
  createReprDigest,
  createWantDigest,
  encodeUtf8,
  parseWantDigest,
  verifyContentDigest,
  verifyReprDigest,
} from '../src/index.ts'
import { expectCode } from './expect-code.ts'

const hello = encodeUtf8('{"hello": "world"}\n')
// RFC 9530 B.1 and section 2.
const helloSha256 = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'
const helloSha512 = `sha-512=:${createHash('sha512').update(hello).digest('base64')}:`
const emptySha256 = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'

// RFC 9530, appendices B and D, without B.4 and B.6.
const examples: readonly (readonly [string, string, 'sha-256' | 'sha-512', string])[] = [
  ['B.1', '{"hello": "world"}\n', 'sha-256', 'RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg='],
  ['B.2, no content', '', 'sha-256', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ['B.3, partial content', '"world"}\n', 'sha-256', 'jjcgBDWNAtbYUXI37CVG3gRuGOAjaaDRGpIUFsdyepQ='],
  ['B.7, request', '{"title": "New Title"}\n', 'sha-256', 'mEkdbO7Srd9LIOegftO0aBX+VPTVz7/CSHes2Z27gc4='],
  [
    'B.7, response',
    '{\n  "id": "123",\n  "title": "New Title"\n}\n',
    'sha-256',
    'uVSlinTTdQUwm2On4k8TJUikGN1bf/Ds8WPX4oe0h9I=',
  ],
  [
    'B.8',
    '{\n  "status": "created",\n  "id": "123",\n  "ts": 1569327729,\n  "instance": "/books/123"\n}\n',
    'sha-256',
    'yXIGDTN5VrfoyisKlXgRKUHHMs35SNtyC3szSz1dbO8=',
  ],
  [
    'B.10',
    '{\n  "title": "Not Found",\n  "detail": "Cannot PATCH a non-existent resource",\n  "status": 404\n}\n',
    'sha-256',
    'EXB0S2VF2H7ijkAVJkH1Sm0pBho0iDZcvVUHHXTTZSA=',
  ],
  ['D', '{"hello": "world"}', 'sha-256', 'X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE='],
  [
    'D',
    '{"hello": "world"}',
    'sha-512',
    'WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==',
  ],
]

describe('the examples of RFC 9530', () => {
  it.each(examples)('%s', async (_section, text, algorithm, base64) => {
    const field = `${algorithm}=:${base64}:`
    const bytes = encodeUtf8(text)
    expect(await createReprDigest(bytes, [algorithm])).toBe(field)
    expect(await createContentDigest(bytes, [algorithm])).toBe(field)
    await expect(verifyReprDigest(field, bytes)).resolves.toBeUndefined()
    await expect(verifyContentDigest(field, bytes)).resolves.toBeUndefined()
  })
})

describe('createReprDigest and verifyReprDigest (RFC 9530 3)', () => {
  it('makes sha-256 by default, or several in the given order', async () => {
    expect(await createReprDigest(hello)).toBe(helloSha256)
    expect(await createReprDigest(hello, ['sha-512', 'sha-256'])).toBe(`${helloSha512}, ${helloSha256}`)
  })

  it.each([
    ['deprecated', ['md5']],
    ['unknown', ['sha-256', 'toString']],
    ['none', []],
  ])('makes none with an algorithm that is %s', async (_what, algorithms) => {
    await expect(createReprDigest(hello, algorithms as never)).rejects.toThrow(TypeError)
    await expect(createContentDigest(hello, algorithms as never)).rejects.toThrow(TypeError)
  })

  it('tells a representation from the part of it that was sent (B.3)', async () => {
    await expect(verifyReprDigest(helloSha256, hello)).resolves.toBeUndefined()
    await expectCode('digest_mismatch', () => verifyReprDigest(helloSha256, encodeUtf8('"world"}\n')))
  })

  it.each([
    ['digest_mismatch', emptySha256],
    ['digest_mismatch', `${helloSha256}, sha-512=:AAAA:`],
    ['digest_mismatch', `sha-256=:AAAA:, ${helloSha512}`],
    ['unsupported_digest', 'md5=:AAAA:'],
    ['unsupported_digest', ''],
    ['malformed_digest', `${helloSha256}, ${helloSha256}`],
    ['malformed_digest', `${helloSha256}, sha-512=1`],
    ['malformed_digest', 'sha-256'],
  ] as const)('refuses with %s: %s', async (code, field) => {
    await expectCode(code, () => verifyReprDigest(field, hello))
  })
})

describe('createWantDigest (RFC 9530 4)', () => {
  it('makes the examples of the RFC', () => {
    expect(createWantDigest({ 'sha-256': 1 })).toBe('sha-256=1')
    expect(createWantDigest({ 'sha-512': 3, 'sha-256': 10, unixsum: 0 })).toBe('sha-512=3, sha-256=10, unixsum=0')
  })

  it.each([
    ['no algorithm', {}],
    ['a weight over 10', { 'sha-256': 11 }],
    ['a weight under 0', { 'sha-256': -1 }],
    ['half a weight', { 'sha-256': 1.5 }],
    ['a weight that is no number', { 'sha-256': '1' }],
    ['no weight', { 'sha-256': undefined }],
    ['a deprecated algorithm that is wanted', { sha: 1 }],
    ['an unknown algorithm that is wanted', { 'sha3-512': 10 }],
    ['an algorithm that is no key', { 'SHA-256': 0 }],
  ])('refuses %s', (_what, weights) => {
    expect(() => createWantDigest(weights as never)).toThrow(TypeError)
  })
})

describe('parseWantDigest (RFC 9530 4)', () => {
  it.each([
    ['sha-256=1', [['sha-256', 1]]],
    [
      'sha-512=3, sha-256=10, unixsum=0',
      [
        ['sha-512', 3],
        ['sha-256', 10],
        ['unixsum', 0],
      ],
    ],
    ['sha=10;note="x"', [['sha', 10]]],
    ['', []],
  ])('reads %j', (field, weights) => {
    expect([...parseWantDigest(field)]).toEqual(weights)
  })

  it.each([
    ['malformed_digest', 'sha-256=11'],
    ['malformed_digest', 'sha-256=-1'],
    ['malformed_digest', 'sha-256=1.0'],
    ['malformed_digest', 'sha-256'],
    ['malformed_digest', 'sha-256="1"'],
    ['malformed_digest', 'sha-256=(1)'],
    ['malformed_digest', 'sha-256=:AAAA:'],
    ['malformed_digest', 'sha-256=1, sha-256=2'],
    ['malformed_digest', 'SHA-256=1'],
    ['malformed_digest', 'sha-256=1,'],
    ['malformed_digest', 'sha-256;q=0.3, sha;q=1'],
    ['limit_exceeded', `sha-256=1, ${'a'.repeat(1024)}=1`],
  ] as const)('refuses with %s: %.40s', async (code, field) => {
    await expectCode(code, () => parseWantDigest(field))
  })
})

describe('chooseDigestAlgorithm (RFC 9530 4)', () => {
  it.each([
    ['sha-512=3, sha-256=10, unixsum=0', 'sha-256'],
    ['sha-512=4, sha-256=3', 'sha-512'],
    ['sha-512=5, sha-256=5', 'sha-256'],
    ['sha-512=1', 'sha-512'],
    ['sha-256=0, sha-512=1', 'sha-512'],
    // RFC 9530 C.1: the least preferred is the only one that can be chosen.
    ['sha-256=3, sha=10', 'sha-256'],
    // RFC 9530 C.2
    ['sha=10', undefined],
    ['sha-256=0, sha-512=0', undefined],
    ['', undefined],
  ] as const)('of %j: %s', (field, algorithm) => {
    expect(chooseDigestAlgorithm(parseWantDigest(field))).toBe(algorithm)
  })
})

import { describe, expect, it } from 'vitest'
import {
  createContentDigest,
  createReprDigest,
  createWantDigest,
  encodeUtf8,
  verifyContentDigest,
  verifyReprDigest,
} from '../../src/index.ts'
import { expectCode } from '../expect-code.ts'

describe('Repr-Digest of state-changing requests (RFC 9530 3.1)', () => {
  // RFC 9530 B.9
  const patch = encodeUtf8('{"title": "New Title"}\n')
  const patched = encodeUtf8('{\n  "id": "123",\n  "title": "New Title"\n}\n')
  const patchDigest = 'sha-256=:mEkdbO7Srd9LIOegftO0aBX+VPTVz7/CSHes2Z27gc4=:'
  const patchedDigest = 'sha-256=:uVSlinTTdQUwm2On4k8TJUikGN1bf/Ds8WPX4oe0h9I=:'

  it('of a PATCH request is that of the patch document (B.9)', async () => {
    expect(await createReprDigest(patch)).toBe(patchDigest)
    await expectCode('digest_mismatch', () => verifyReprDigest(patchDigest, patched))
  })

  it('of the response to it is that of the whole patched resource, whatever the response encloses (B.9)', async () => {
    expect(await createReprDigest(patched)).toBe(patchedDigest)
    // A 204 has no content, and the digest of the content is another.
    expect(await createContentDigest(new Uint8Array(0))).toBe('sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:')
    await expectCode('digest_mismatch', () => verifyContentDigest(patchedDigest, new Uint8Array(0)))
  })

  it('of a response that describes the status of the request is that of what it encloses (B.8)', async () => {
    const status = encodeUtf8(
      '{\n  "status": "created",\n  "id": "123",\n  "ts": 1569327729,\n  "instance": "/books/123"\n}\n',
    )
    const field = 'sha-256=:yXIGDTN5VrfoyisKlXgRKUHHMs35SNtyC3szSz1dbO8=:'
    expect(await createReprDigest(status)).toBe(field)
    await expect(verifyReprDigest(field, status)).resolves.toBeUndefined()
  })
})

describe('hash algorithms (RFC 9530 5)', () => {
  const content = encodeUtf8('{"hello": "world"}')

  // RFC 9530 7.2 has them as "Deprecated". The values are those of appendix D, and right.
  it.each([
    ['md5', 'Sd/dVLAcvNLSq16eXua5uQ=='],
    ['sha', '07CavjDP4u3/TungoUHJO/Wzr4c='],
    ['unixsum', 'GQU='],
    ['unixcksum', '7zsHAA=='],
    ['adler', 'OZkGFw=='],
    ['crc32c', 'Q3lHIA=='],
  ])('the deprecated %s is not made, not asked for, and not believed', async (name, base64) => {
    await expect(createContentDigest(content, [name as never])).rejects.toThrow(TypeError)
    await expect(createReprDigest(content, [name as never])).rejects.toThrow(TypeError)
    expect(() => createWantDigest({ [name]: 1 })).toThrow(TypeError)
    await expectCode('unsupported_digest', () => verifyContentDigest(`${name}=:${base64}:`, content))
    await expectCode('unsupported_digest', () => verifyReprDigest(`${name}=:${base64}:`, content))
  })

  it('the active ones are used, and sha-256 without being asked', async () => {
    expect(await createContentDigest(content)).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:')
    expect(await createReprDigest(content, ['sha-512'])).toBe(
      'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    )
  })
})

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createContentDigest, encodeUtf8, verifyContentDigest } from '../src/index.ts'
import { expectCode } from './expect-code.ts'

const hello = encodeUtf8('{"hello": "world"}')
// RFC 9421 B.2, RFC 9530 B.1 and the hash of the empty string.
const helloSha512 = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
const helloSha256 = `sha-256=:${createHash('sha256').update(hello).digest('base64')}:`
const emptySha256 = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'

describe('createContentDigest (RFC 9530 2)', () => {
  it('makes sha-256 by default', async () => {
    expect(await createContentDigest(hello)).toBe(helloSha256)
    expect(await createContentDigest(new Uint8Array(0))).toBe(emptySha256)
  })

  it('makes sha-512, or both in order', async () => {
    expect(await createContentDigest(hello, ['sha-512'])).toBe(helloSha512)
    expect(await createContentDigest(hello, ['sha-512', 'sha-256'])).toBe(`${helloSha512}, ${helloSha256}`)
  })

  it('makes no other', async () => {
    await expect(createContentDigest(hello, ['md5' as never])).rejects.toThrow(TypeError)
  })
})

describe('verifyContentDigest', () => {
  it.each([
    ['sha-256', helloSha256],
    ['sha-512', helloSha512],
    ['both', `${helloSha256}, ${helloSha512}`],
    ['a good one beside one that is unknown', `new=:AAAA:, ${helloSha256}`],
    ['a good one beside a deprecated one, which is not believed', `md5=:AAAA:, ${helloSha256}`],
  ])('accepts %s', async (_what, field) => {
    await expect(verifyContentDigest(field, hello)).resolves.toBeUndefined()
  })

  it.each([
    ['digest_mismatch', emptySha256],
    ['digest_mismatch', `${helloSha256}, sha-512=:AAAA:`],
    ['digest_mismatch', 'sha-256=::'],
    ['digest_mismatch', `sha-256=:${createHash('sha256').update(hello).digest('base64').slice(0, 20)}:`],
    ['unsupported_digest', 'md5=:XrY7u+Ae7tCTyyK7j1rNww==:'],
    ['unsupported_digest', 'sha=:AAAA:, unixsum=:AAAA:, crc32c=:AAAA:, adler=:AAAA:'],
    ['unsupported_digest', ''],
    ['malformed_digest', helloSha256.toUpperCase()],
    ['malformed_digest', `${helloSha256}, ${helloSha256}`],
    ['malformed_digest', 'sha-256="text"'],
    ['malformed_digest', 'sha-256'],
    ['malformed_digest', 'sha-256=(:AAAA:)'],
    ['malformed_digest', 'sha-256=:%%%%:'],
    ['malformed_digest', `${helloSha256},`],
  ] as const)('refuses with %s: %s (attack 51)', async (code, field) => {
    await expectCode(code, () => verifyContentDigest(field, hello))
  })
})

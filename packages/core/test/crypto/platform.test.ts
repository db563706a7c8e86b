import { createHash, createHmac } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { nodeCrypto } from '../../src/crypto/node.ts'
import {
  digest,
  digestText,
  randomBytes,
  selectBackend,
  suitableBackend,
  useBackend,
} from '../../src/crypto/platform.ts'
import { encodeUtf8, generateKey, hmacSha256, importSigningKey, importVerifyingKey } from '../../src/index.ts'
import { algorithms, backends, describeBackends } from './each-backend.ts'

describe('the backend of a platform', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const { crypto } = globalThis
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) }

  it.each([
    ['Node', { process }, 'node'],
    ['a browser', { process: undefined }, 'webcrypto'],
    ['a bundle with a shim of process', { process: { env: {} } }, 'webcrypto'],
    ['Node before 20.16', { process: { versions: process.versions } }, 'webcrypto'],
    ['a runtime without crypto.hash', { process: { getBuiltinModule: () => ({ sign() {} }) } }, 'webcrypto'],
    ['a runtime that has no node:crypto', { process: { getBuiltinModule: () => undefined } }, 'webcrypto'],
    ['an insecure origin', { process: undefined, crypto: insecure }, 'noble'],
    ['an engine without crypto', { process: undefined, crypto: undefined }, 'noble'],
  ])('of %s is found', (_platform, globals, expected) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
    const found = suitableBackend()
    vi.unstubAllGlobals()
    expect(found).toBe(expected)
  })

  it('is loaded once, and at hand from then on', async () => {
    const first = await selectBackend()
    expect(selectBackend()).toBe(first)
    expect(first.name).toBe('node')
  })

  it('is not node:crypto where there is none', async () => {
    vi.stubGlobal('process', undefined)
    const loading = useBackend('node')
    vi.unstubAllGlobals()
    await expect(loading).rejects.toThrow(/no node:crypto/)
    expect(nodeCrypto()).toBeDefined()
  })

  it('is WebCrypto where node:crypto is an imitation that fails', async () => {
    const real = nodeCrypto()!
    const imitations: readonly object[] = [
      { ...real, verify: () => true },
      { ...real, verify: () => false },
      { ...real, hash: () => '' },
      {
        ...real,
        hash: (...[, data]: Parameters<typeof real.hash>) =>
          typeof data === 'string' ? '' : real.hash('sha256', data, 'binary'),
      },
      {
        ...real,
        verify() {
          throw new TypeError('the property options.key must not be a KeyObject')
        },
      },
      { hash: real.hash },
    ]
    for (const imitation of imitations) {
      vi.stubGlobal('process', { getBuiltinModule: () => imitation })
      const loading = useBackend('node')
      vi.unstubAllGlobals()
      expect((await loading).name).toBe('webcrypto')
    }
    expect((await useBackend('node')).name).toBe('node')
  })

  it('has random bytes, or says that it has none', () => {
    expect(randomBytes(16)).not.toEqual(randomBytes(16))
    vi.stubGlobal('crypto', undefined)
    expect(() => randomBytes(16)).toThrow(/no secure random source/)
  })
})

describeBackends(backends, (name) => {
  const lengths = [0, 1, 63, 64, 65, 255, 256, 4095, 4096, 4097, 70_000]
  const messages = lengths.map((length) => Uint8Array.from({ length }, (_, index) => (index * 31) & 0xff))

  it.each([
    ['nothing', '', ''],
    ['a text of ASCII', 'sample', 'sample'],
    ['a long text', 'x'.repeat(5000), 'x'.repeat(5000)],
    ['a text of UTF-8', 'Grüße, 世界 🌍', 'Grüße, 世界 🌍'],
    ['a lone surrogate', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
  ])('hashes %s as its bytes, into base64url', async (_what, text, wellFormed) => {
    const expected = createHash('sha256').update(Buffer.from(wellFormed, 'utf8')).digest('base64url')
    expect(await digestText('sha-256', text)).toBe(expected)
  })

  it('hashes as node:crypto does', async () => {
    for (const message of messages) {
      for (const [hash, nodeName] of [
        ['sha-256', 'sha256'],
        ['sha-512', 'sha512'],
      ] as const) {
        const expected = new Uint8Array(createHash(nodeName).update(message).digest())
        expect(await digest(hash, message)).toEqual(expected)
      }
    }
  })

  it('makes the HMAC that node:crypto makes, for secrets and messages of every length', async () => {
    for (const secretLength of [32, 63, 64, 65, 200]) {
      const secret = Uint8Array.from({ length: secretLength }, (_, index) => (index * 7 + 200) & 0xff)
      const signing = await importSigningKey(hmacSha256, { secret }, { keyId: 'k' })
      const verifying = await importVerifyingKey(hmacSha256, { secret }, { keyId: 'k' })
      for (const message of messages) {
        const expected = new Uint8Array(createHmac('sha256', secret).update(message).digest())
        expect(await signing.sign(message)).toEqual(expected)
        expect(await verifying.verify(message, expected)).toBe(true)
        expect(
          await verifying.verify(
            message,
            expected.map((byte) => byte ^ 0x80),
          ),
        ).toBe(false)
      }
    }
  })

  it('hashes and signs bytes, and no text', async () => {
    const key = await importSigningKey(hmacSha256, { secret: new Uint8Array(32).fill(3) }, { keyId: 'k' })
    for (const wrong of ['text', undefined, [1, 2]]) {
      await expect((async () => key.sign(wrong as never))()).rejects.toThrow(TypeError)
      await expect((async () => digest('sha-256', wrong as never))()).rejects.toThrow(TypeError)
    }
  })

  it('gives bytes that stay as they are', async () => {
    const key = await importSigningKey(hmacSha256, { secret: new Uint8Array(32).fill(3) }, { keyId: 'k' })
    const first = await key.sign(encodeUtf8('first'))
    const copy = new Uint8Array(first)
    await key.sign(encodeUtf8('second'))
    expect(first).toEqual(copy)
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype)
  })

  it('keeps its keys when another backend is in use', async () => {
    const key = await importSigningKey(hmacSha256, { secret: new Uint8Array(32).fill(4) }, { keyId: 'k' })
    const before = await key.sign(encodeUtf8('base'))
    await useBackend(name === 'noble' ? 'webcrypto' : 'noble')
    expect(await key.sign(encodeUtf8('base'))).toEqual(before)
    await useBackend(name)
  })
})

describe('on Node nothing waits', () => {
  beforeAll(async () => {
    await useBackend('node')
  })

  it('to hash', () => {
    expect(digest('sha-256', encodeUtf8('body'))).toBeInstanceOf(Uint8Array)
  })

  it.each(algorithms)('to sign and verify with $name', async (algorithm) => {
    const { signingKey, verifyingKey } = await generateKey(algorithm, { extractable: true })
    const signature = signingKey.sign(encodeUtf8('base'))
    expect(signature).toBeInstanceOf(Uint8Array)
    expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype)
    expect(verifyingKey.verify(encodeUtf8('base'), signature as Uint8Array<ArrayBuffer>)).toBe(true)
  })

  it('to verify with the public half of a non-extractable key, while signing stays in WebCrypto', async () => {
    const { signingKey, verifyingKey } = await generateKey(algorithms[1]!)
    const signature = signingKey.sign(encodeUtf8('base'))
    expect(signature).toBeInstanceOf(Promise)
    expect(verifyingKey.verify(encodeUtf8('base'), new Uint8Array(await signature))).toBe(true)
  })
})

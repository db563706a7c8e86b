import { webcrypto } from 'node:crypto'
import { type Bytes, ecdsaP256Sha256, ed25519, exportJwk, importVerifyingKey, jwkThumbprint } from '@countersign/core'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Enrolment, type KeyStore, openKeyStore } from '../../src/key-storage/index.ts'

let indexedDB: IDBFactory
let enrolled: Enrolment[]

beforeEach(() => {
  indexedDB = new IDBFactory()
  enrolled = []
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const enrol = (enrolment: Enrolment): unknown => enrolled.push(enrolment)

/** Another page of the same origin, or another tab. */
const openPage = (options: Partial<Parameters<typeof openKeyStore>[0]> = {}): Promise<KeyStore> =>
  openKeyStore({ indexedDB, enrol, ...options })

/** What the database holds, past the library; with a record, it is put in the place of the default one. */
async function records(
  replacement?: object,
): Promise<{ current: Record<string, unknown>; next?: Record<string, unknown> }[]> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('countersign')
    request.onsuccess = () => resolve(request.result)
  })
  const keys = database.transaction('keys', 'readwrite').objectStore('keys')
  if (replacement !== undefined) keys.put(replacement, 'default')
  return new Promise((resolve) => {
    const request = keys.getAll()
    request.onsuccess = () => {
      database.close()
      resolve(request.result)
    }
  })
}

const keyIds = (): string[] => enrolled.map(({ keyId }) => keyId)

describe('openKeyStore', () => {
  it('makes a key once, which the next page finds', async () => {
    const store = await openPage()
    const first = await store.key()
    expect([store.persistent, store.storageError]).toEqual([true, undefined])
    const second = await (await openPage()).key()
    expect(second.keyId).toBe(first.keyId)
    expect(first.keyId).toBe(await jwkThumbprint(first.publicJwk))
    expect(first.publicJwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: first.publicJwk.x, kid: first.keyId })
    const verifyingKey = await importVerifyingKey(ed25519, { jwk: first.publicJwk })
    const bytes = new TextEncoder().encode('base') as Bytes
    expect(await verifyingKey.verify(bytes, (await second.signingKey.sign(bytes)) as Bytes)).toBe(true)
  })

  it('makes one key in tabs that open at once', async () => {
    const open = async (): Promise<string> => (await (await openPage()).key()).keyId
    const found = await Promise.all(Array.from({ length: 8 }, open))
    expect(new Set([...found, ...keyIds()]).size).toBe(1)
    expect(await records()).toHaveLength(1)
  })

  it('keeps the keys of several names apart', async () => {
    const first = await (await openPage({ name: 'alice' })).key()
    const second = await (await openPage({ name: 'bob' })).key()
    expect(first.keyId).not.toBe(second.keyId)
  })

  it('stores a private key that nobody can export (attack 108)', async () => {
    await openPage()
    const [record] = await records()
    const privateKey = record!.current['privateKey'] as CryptoKey
    expect([privateKey.type, privateKey.extractable, privateKey.usages]).toEqual(['private', false, ['sign']])
    for (const format of ['jwk', 'pkcs8', 'raw'] as 'jwk'[]) {
      await expect(webcrypto.subtle.exportKey(format, privateKey)).rejects.toThrow()
    }
    await expect(exportJwk(privateKey)).rejects.toThrow(TypeError)
    expect(Object.keys(record!.current).sort()).toEqual(['algorithm', 'enrolled', 'keyId', 'privateKey', 'publicKey'])
  })

  it('takes ECDSA where the platform has no Ed25519', async () => {
    withoutEd25519()
    const store = await openPage()
    const { algorithm, publicJwk } = await store.key()
    expect([store.persistent, algorithm, publicJwk.crv]).toEqual([true, 'ecdsa-p256-sha256', 'P-256'])
    await expect(importVerifyingKey(ecdsaP256Sha256, { jwk: publicJwk })).resolves.toBeDefined()
    vi.restoreAllMocks()
    expect((await (await openPage()).key()).keyId).toBe(enrolled[0]!.keyId)
  })

  it('says what is missing on an insecure origin, and finds mistakes when it is opened', async () => {
    await expect(openPage({ name: '' })).rejects.toThrow(TypeError)
    await expect(openPage({ enroll: enrol } as never)).rejects.toThrow('enroll')
    await expect(openKeyStore({ indexedDB } as never)).rejects.toThrow('{ enrol }')
    vi.stubGlobal('crypto', { getRandomValues: () => {} })
    await expect(openPage()).rejects.toThrow('insecure origins')
  })
})

function withoutEd25519(): void {
  const generate = crypto.subtle.generateKey.bind(crypto.subtle)
  vi.spyOn(crypto.subtle, 'generateKey').mockImplementation((async (...args: Parameters<typeof generate>) => {
    if ((args[0] as Algorithm).name === 'Ed25519') throw new DOMException('unknown', 'NotSupportedError')
    return generate(...args)
  }) as never)
}

describe('a browser that does not store keys well', () => {
  const put = IDBObjectStore.prototype.put

  /** What a browser makes of a key that it stores. */
  function storing(change: (key: { algorithm: string }) => object): void {
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, record, name) {
      return put.call(this, { ...record, current: { ...record.current, ...change(record.current) } }, name)
    })
  }

  it('gets an ECDSA key where a stored Ed25519 key does not sign', async () => {
    const { privateKey } = (await crypto.subtle.generateKey('Ed25519', false, ['sign'])) as CryptoKeyPair
    storing(({ algorithm }) => (algorithm === 'ed25519' ? { privateKey } : {}))
    const store = await openPage()
    expect([store.persistent, (await store.key()).algorithm]).toEqual([true, 'ecdsa-p256-sha256'])
  })

  it('gets an ECDSA key where an Ed25519 key cannot be stored', async () => {
    storing(({ algorithm }) => {
      if (algorithm === 'ed25519') throw new DOMException('no clone', 'DataCloneError')
      return {}
    })
    const store = await openPage()
    expect([store.persistent, (await store.key()).algorithm]).toEqual([true, 'ecdsa-p256-sha256'])
  })

  it('keeps no key that came back extractable', async () => {
    const extractable = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
    storing(({ algorithm }) => (algorithm === 'ed25519' ? extractable : {}))
    expect((await (await openPage()).key()).algorithm).toBe('ecdsa-p256-sha256')
  })

  it('keeps the key in memory where none comes back whole, and says so', async () => {
    storing(() => ({ privateKey: {} }))
    const store = await openPage()
    expect([store.persistent, String(store.storageError)]).toEqual([false, expect.stringContaining('does not sign')])
    expect((await store.key()).algorithm).toBe('ed25519')
    expect(await records()).toEqual([])
  })

  it('makes another key where the one that it had is broken', async () => {
    const { keyId } = await (await openPage()).key()
    const [record] = await records()
    await records({ ...record, current: { ...record!.current, privateKey: {} } })
    const store = await openPage()
    const key = await store.key()
    expect([store.persistent, keyIds()]).toEqual([true, [keyId, key.keyId]])
    expect(key.keyId).not.toBe(keyId)
  })

  it.each<[string, () => unknown]>([
    ['no IndexedDB', () => undefined],
    ['one that is null', () => null],
    [
      'one that must not be read',
      () => {
        throw new DOMException('blocked', 'SecurityError')
      },
    ],
    [
      'one that refuses to open',
      () => ({
        open() {
          const request = {
            error: new DOMException('private mode', 'InvalidStateError'),
          } as unknown as IDBOpenDBRequest
          queueMicrotask(() => request.onerror?.(new Event('error')))
          return request
        },
      }),
    ],
  ])('keeps the key in memory with %s, and nowhere else', async (_name, read) => {
    const localStorage = new Proxy({}, { get: () => expect.unreachable('localStorage') })
    vi.stubGlobal('localStorage', localStorage)
    vi.stubGlobal('sessionStorage', localStorage)
    Object.defineProperty(globalThis, 'indexedDB', { get: read, configurable: true })
    try {
      const store = await openKeyStore({ enrol })
      const { keyId } = await store.key()
      expect([store.persistent, (await store.key()).keyId, keyIds()]).toEqual([false, keyId, [keyId]])
      expect(store.storageError).toBeInstanceOf(Error)
      expect((await (await openKeyStore({ enrol })).key()).keyId).not.toBe(keyId)
    } finally {
      Reflect.deleteProperty(globalThis, 'indexedDB')
    }
  })
})

describe('key', () => {
  it('enrols the public key once, also for callers that ask at once and for later pages', async () => {
    const store = await openPage()
    const [first] = await Promise.all([store.key(), store.key(), store.key()])
    await (await openPage()).key()
    expect(keyIds()).toEqual([first.keyId])
    expect(enrolled[0]).toMatchObject({ publicJwk: first.publicJwk, previousKey: undefined })
    expect(enrolled[0]!.signingKey.keyId).toBe(first.keyId)
  })

  it('stays pending until the server has the key', async () => {
    const down = vi.fn(() => Promise.reject(new Error('down')))
    const store = await openPage({ enrol: down })
    await expect(store.key()).rejects.toThrow('down')
    await expect(store.key()).rejects.toThrow('down')
    expect(down).toHaveBeenCalledTimes(2)
    const { keyId } = await (await openPage()).key()
    expect(keyIds()).toEqual([keyId])
    const asked = down.mock.calls as unknown as [Enrolment][]
    expect(asked.map(([enrolment]) => enrolment.keyId)).toEqual([keyId, keyId])
  })
})

describe('rotate', () => {
  it('enrols the new key before it deletes the old one', async () => {
    const store = await openPage({
      async enrol(enrolment) {
        enrol(enrolment)
        const [record] = await records()
        if (enrolled.length < 2) return
        expect(record!.current['keyId']).toBe(enrolled[0]!.keyId)
        expect(record!.next!['keyId']).toBe(enrolment.keyId)
      },
    })
    const old = await store.key()
    const rotated = await store.rotate()
    expect(keyIds()).toEqual([old.keyId, rotated.keyId])
    expect(rotated.keyId).not.toBe(old.keyId)
    expect(enrolled[1]!.previousKey!.keyId).toBe(old.keyId)
    const [record] = await records()
    expect([record!.current['keyId'], record!.current['enrolled'], record!.next]).toEqual([
      rotated.keyId,
      true,
      undefined,
    ])
    expect((await (await openPage()).key()).keyId).toBe(rotated.keyId)
    expect(enrolled).toHaveLength(2)
  })

  it('keeps the old key while the server does not have the new one, and goes on with that one', async () => {
    const old = await (await openPage()).key()
    const asked: string[] = []
    const failing = await openPage({
      enrol({ keyId }) {
        asked.push(keyId)
        throw new Error('down')
      },
    })
    await expect(failing.rotate()).rejects.toThrow('down')
    expect((await failing.key()).keyId).toBe(old.keyId)
    const rotated = await (await openPage()).rotate()
    expect(asked).toEqual([rotated.keyId])
  })

  it('rotates once in tabs that rotate at once', async () => {
    const old = await (await openPage()).key()
    const tabs = await Promise.all([openPage(), openPage()])
    const [first, second] = await Promise.all(tabs.map((tab) => tab.rotate()))
    expect(second!.keyId).toBe(first!.keyId)
    expect(first!.keyId).not.toBe(old.keyId)
  })

  it('does not bring back what was forgotten meanwhile', async () => {
    const store = await openPage({
      async enrol(enrolment) {
        enrol(enrolment)
        if (enrolled.length === 2) await store.forget()
      },
    })
    await store.key()
    await expect(store.rotate()).rejects.toThrow('forgotten')
    expect(await records()).toEqual([])
  })
})

describe('forget', () => {
  it('deletes the key of its name; the next one is new', async () => {
    const other = await (await openPage({ name: 'other' })).key()
    const store = await openPage()
    const { keyId } = await store.key()
    await store.forget()
    expect(await records()).toHaveLength(1)
    expect((await store.key()).keyId).not.toBe(keyId)
    expect((await (await openPage({ name: 'other' })).key()).keyId).toBe(other.keyId)
  })
})

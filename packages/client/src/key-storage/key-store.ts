import { refuseUnknownOptions, type SigningKey } from '@countersign/core'
import {
  type RecordStorage,
  type StoredKey,
  unchanged,
  withEnrolled,
  withNext,
  without,
  withPromoted,
} from './key-record.ts'
import { indexedDbStorage, memoryStorage } from './record-storage.ts'
import { algorithmOf, type DeviceKey, deviceKeyOf, ensureRecord, makeKey, works } from './working-key.ts'

/** A public key that the server does not have yet. */
export interface Enrolment extends DeviceKey {
  /** The key that the server has and that this one replaces: sign the enrolment with it. Undefined for the first. */
  readonly previousKey: SigningKey | undefined
}

/** What {@link openKeyStore} is told. */
export interface KeyStoreOptions {
  /**
   * Hands the public key to the server, and resolves once the server has it. It may be called again with the same
   * key: after a failure, an answer that was lost, or from another tab. It must not wait for `key()` or `rotate()`.
   */
  readonly enrol: (enrolment: Enrolment) => unknown
  /** Names the key within this origin: one for each account. @default 'default' */
  readonly name?: string
  /** @default the `indexedDB` of the platform */
  readonly indexedDB?: IDBFactory
}

/** A signing key that lives in this browser. */
export interface KeyStore {
  /** Whether the key outlives the page. If not, the next page enrols another one. */
  readonly persistent: boolean
  /** Why it does not. */
  readonly storageError: unknown
  /**
   * The key, once the server has it. It is enrolled where it is not yet.
   *
   * @throws what `enrol` threw. The key stays, and the next call tries again.
   */
  key(): Promise<DeviceKey>
  /**
   * Makes a new key, enrols it, and only then deletes the old one. After a failure the old one stays, and
   * the next call goes on with the same new key.
   *
   * @throws what `enrol` threw.
   */
  rotate(): Promise<DeviceKey>
  /** Deletes the keys of this name. The server is not told. */
  forget(): Promise<void>
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof KeyStoreOptions, true>> = { enrol: true, name: true, indexedDB: true }

/**
 * Opens the signing key of this browser, and makes it where there is none: Ed25519, or ECDSA on P-256 where the
 * browser has not got it. The private key is non-extractable, so scripts can sign with it and not read it.
 *
 *     const store = await openKeyStore({ enrol: ({ publicJwk }) => sendToServer(publicJwk) })
 *     const { signingKey } = await store.key()
 *     const signedFetch = createSignedFetch({ key: signingKey })
 *
 * Where IndexedDB is missing, refuses or gives back a key that does not sign, the key is kept in memory, and
 * `persistent` is false. It is never kept anywhere else.
 *
 * @throws TypeError when an option is missing or misspelt, on an insecure origin, or where neither algorithm is known.
 */
export async function openKeyStore(options: KeyStoreOptions): Promise<KeyStore> {
  const { enrol, name = 'default' } = checkOptions(options)
  const opened = await openStorage(name, options)
  return keyStoreOf(opened, enrol)
}

interface OpenedStorage {
  readonly storage: RecordStorage
  readonly persistent: boolean
  readonly storageError?: unknown
}

async function openStorage(name: string, options: KeyStoreOptions): Promise<OpenedStorage> {
  try {
    // Where cookies are blocked, reading the global can throw.
    const factory = options.indexedDB ?? globalThis.indexedDB
    if (factory === undefined || factory === null) throw new TypeError('this platform has no IndexedDB')
    const storage = indexedDbStorage(factory, name)
    await ensureRecord(storage)
    return { storage, persistent: true }
  } catch (storageError) {
    const storage = memoryStorage()
    await ensureRecord(storage)
    return { storage, persistent: false, storageError }
  }
}

function keyStoreOf({ storage, persistent, storageError }: OpenedStorage, enrol: KeyStoreOptions['enrol']): KeyStore {
  const enrolKey = async (stored: StoredKey, previous?: StoredKey): Promise<void> => {
    const previousKey = previous?.enrolled ? (await deviceKeyOf(previous)).signingKey : undefined
    await enrol(Object.freeze({ ...(await deviceKeyOf(stored)), previousKey }))
  }
  return Object.freeze({
    persistent,
    storageError,
    key: sharedWhileRunning(async () => {
      // Read anew: another tab may have rotated or forgotten it.
      const { current } = await ensureRecord(storage)
      if (!current.enrolled) {
        await enrolKey(current)
        await storage.update(withEnrolled(current.keyId))
      }
      return deviceKeyOf(current)
    }),
    rotate: sharedWhileRunning(async () => {
      const { current } = await ensureRecord(storage)
      const next = await stageNext(storage, current)
      if (!next.enrolled) await enrolKey(next, current)
      const promoted = await storage.update(withPromoted(next.keyId))
      return deviceKeyOf((promoted ?? forgotten()).current)
    }),
    async forget() {
      await storage.update(() => undefined)
    },
  })
}

/** Stores the next key, in a transaction of its own. Its algorithm is that of the current one, which this browser is known to store well. */
async function stageNext(storage: RecordStorage, current: StoredKey): Promise<StoredKey> {
  await storage.update(withNext(await makeKey(algorithmOf(current))))
  const record = (await storage.update(unchanged)) ?? forgotten()
  // Without a next key, another tab was faster and has rotated already.
  const next = record.next ?? record.current
  if (await works(next)) return next
  await storage.update(without(next.keyId))
  throw new TypeError('what this browser stored of the new key does not sign: the old one stays')
}

/** Calls at the same time are one, so that a key is enrolled once. */
function sharedWhileRunning<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= task().finally(() => {
      running = undefined
    })
    return running
  }
}

function forgotten(): never {
  throw new TypeError('the key was forgotten while it was rotated: call key() for a new one')
}

function checkOptions(options: KeyStoreOptions): KeyStoreOptions {
  refuseUnknownOptions('openKeyStore', options, Object.keys(knownOptions))
  const { enrol, name = 'default' } = options
  if (typeof enrol !== 'function') {
    throw new TypeError('openKeyStore needs { enrol }: a function that hands the public key to the server')
  }
  if (typeof name !== 'string' || name === '') throw new TypeError('name must be a text that is not empty')
  if (globalThis.crypto?.subtle !== undefined) return options
  throw new TypeError(
    'this page has no crypto.subtle, which browsers hide on insecure origins: serve it over https, or from localhost',
  )
}

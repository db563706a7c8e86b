import { type Enrolment, type KeyStore, openKeyStore } from '@countersign/client/keys'
import { encodeUtf8 } from '@countersign/core'

/** What is signed, more than once. */
const text = 'the same text, signed twice'

/** Opens the key of an account as a page does, and signs with it. */
export async function openKey(account: string) {
  const enrolled: string[] = []
  return describe(await open(account, enrolled), enrolled)
}

/** Replaces the key of an account. */
export async function rotateKey(account: string) {
  const enrolled: string[] = []
  const store = await open(account, enrolled)
  await store.key()
  await store.rotate()
  return describe(store, enrolled)
}

function open(account: string, enrolled: string[]): Promise<KeyStore> {
  return openKeyStore({
    name: account,
    enrol: ({ keyId, previousKey }: Enrolment) =>
      enrolled.push(previousKey === undefined ? keyId : `${previousKey.keyId} hands over to ${keyId}`),
  })
}

async function describe(store: KeyStore, enrolled: readonly string[]) {
  const { keyId, algorithm, publicJwk, signingKey } = await store.key()
  const signatures = [await signingKey.sign(encodeUtf8(text)), await signingKey.sign(encodeUtf8(text))]
  return {
    keyId,
    algorithm,
    publicJwk,
    persistent: store.persistent,
    storageError: store.storageError === undefined ? 'none' : String(store.storageError),
    enrolled,
    text,
    signatures: signatures.map((signature) => btoa(String.fromCharCode(...signature))),
  }
}

/** What an injected script would try: it reads the database, and asks WebCrypto for each private key in each format. */
export async function exportStoredKeys() {
  const keys = (await storedRecords()).flatMap(privateKeysOf)
  const formats = ['jwk', 'pkcs8', 'raw'] as const
  return Promise.all(
    keys.map(async (key) => ({
      extractable: key.extractable,
      usages: key.usages,
      failures: await Promise.all(formats.map((format) => failureOf(() => crypto.subtle.exportKey(format, key)))),
    })),
  )
}

async function storedRecords(): Promise<readonly unknown[]> {
  const database = await answerOf(indexedDB.open('countersign'))
  const names = [...database.objectStoreNames]
  const records = await Promise.all(
    names.map((name) => answerOf(database.transaction(name).objectStore(name).getAll())),
  )
  database.close()
  return records.flat()
}

/** Wherever they are in a record. */
function privateKeysOf(value: unknown): readonly CryptoKey[] {
  if (value instanceof CryptoKey) return value.type === 'private' ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(privateKeysOf) : []
}

async function failureOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt()
    return 'none'
  } catch (error) {
    return (error as Error).name
  }
}

function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

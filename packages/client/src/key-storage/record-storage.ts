import type { KeyRecord, RecordChange, RecordStorage } from './key-record.ts'

const objectStoreName = 'keys'

/**
 * Keeps a record in IndexedDB, in the database `countersign`.
 *
 * The database is opened anew for each change: there are few, and browsers drop a connection that lies open.
 */
export function indexedDbStorage(factory: IDBFactory, name: string): RecordStorage {
  return {
    async update(change) {
      const database = await openDatabase(factory)
      try {
        return await updateRecord(database, name, change)
      } finally {
        database.close()
      }
    },
  }
}

/** Keeps a record as long as the page lives. */
export function memoryStorage(): RecordStorage {
  let record: KeyRecord | undefined
  return {
    async update(change) {
      record = change(record)
      return record
    },
  }
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open('countersign', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(objectStoreName)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** A transaction that writes runs alone on its object store, in all tabs. It resolves once it is committed. */
function updateRecord(database: IDBDatabase, name: string, change: RecordChange): Promise<KeyRecord | undefined> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(objectStoreName, 'readwrite')
    const records = transaction.objectStore(objectStoreName)
    const read: IDBRequest<KeyRecord | undefined> = records.get(name)
    let changed: KeyRecord | undefined
    let failure: unknown
    read.onsuccess = () => {
      try {
        changed = change(read.result)
        if (changed === undefined) records.delete(name)
        else if (changed !== read.result) records.put(changed, name)
      } catch (cause) {
        // A browser that cannot store a CryptoKey throws a DataCloneError.
        failure = cause
        transaction.abort()
      }
    }
    transaction.oncomplete = () => resolve(changed)
    transaction.onabort = () => reject(failure ?? transaction.error)
  })
}

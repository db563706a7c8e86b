import type { AlgorithmName } from '@countersign/core'

/** A key as IndexedDB keeps it: as CryptoKeys, which hold what no script can read. */
export interface StoredKey {
  readonly keyId: string
  readonly algorithm: AlgorithmName
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** Whether the server has the public key. */
  readonly enrolled: boolean
}

/** The keys of one name. */
export interface KeyRecord {
  readonly current: StoredKey
  /** The key that takes the place of `current` once it is enrolled. */
  readonly next?: StoredKey
}

/** Changes a record, or leaves it by giving back the same object. Undefined means that there is none. */
export type RecordChange = (record: KeyRecord | undefined) => KeyRecord | undefined

/** Where the record of one name is kept. */
export interface RecordStorage {
  /** Reads and changes the record in one transaction, which no other tab comes between. Gives the record as it is then. */
  update(change: RecordChange): Promise<KeyRecord | undefined>
}

/** Reads a record. */
export const unchanged: RecordChange = (record) => record

/** Stores a key unless there is one: of several tabs, one wins. */
export function withCurrent(current: StoredKey): RecordChange {
  return (record) => record ?? { current }
}

/** Stages the next key unless there is one. It brings back no record that was forgotten. */
export function withNext(next: StoredKey): RecordChange {
  return (record) => (record === undefined || record.next !== undefined ? record : { ...record, next })
}

/** Notes that the server has a key. */
export function withEnrolled(keyId: string): RecordChange {
  return (record) => {
    if (record?.current.keyId !== keyId) return record
    return { ...record, current: { ...record.current, enrolled: true } }
  }
}

/** Puts the next key in the place of the current one, which is deleted. Another tab may have done so before. */
export function withPromoted(keyId: string): RecordChange {
  return (record) => (record?.next?.keyId === keyId ? { current: { ...record.next, enrolled: true } } : record)
}

/** Deletes a key that does not work: the record with it, where it is the current one. */
export function without(keyId: string): RecordChange {
  return (record) => {
    if (record?.current.keyId === keyId) return undefined
    return record?.next?.keyId === keyId ? { current: record.current } : record
  }
}

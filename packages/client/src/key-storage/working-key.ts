import {
  ecdsaP256Sha256,
  ed25519,
  encodeUtf8,
  exportJwk,
  generateKey,
  importSigningKey,
  importVerifyingKey,
  type NamedJwk,
  type SignatureAlgorithm,
  type SigningKey,
} from '@countersign/core'
import { type KeyRecord, type RecordStorage, type StoredKey, unchanged, withCurrent, without } from './key-record.ts'

/** A key of this device, ready to sign. */
export interface DeviceKey {
  /** The JWK thumbprint (RFC 7638) of the public key. */
  readonly keyId: string
  readonly algorithm: SigningKey['algorithm']
  readonly publicJwk: NamedJwk
  /** For `createSignedFetch`. What is behind it cannot be exported. */
  readonly signingKey: SigningKey
}

/** In the order in which they are tried: browsers had ECDSA for years before Ed25519. */
const algorithms: readonly SignatureAlgorithm[] = [ed25519, ecdsaP256Sha256]

/**
 * Reads the record, or makes one with the first algorithm whose keys this platform can make, store and use.
 *
 * @throws what the storage threw, or a TypeError where the platform has none of the algorithms.
 */
export async function ensureRecord(storage: RecordStorage): Promise<KeyRecord> {
  const found = await readWorking(storage)
  if (found !== undefined) return found
  let failure: unknown
  for (const algorithm of algorithms) {
    try {
      await storage.update(withCurrent(await makeKey(algorithm)))
      const stored = await readWorking(storage)
      if (stored !== undefined) return stored
      failure = new TypeError(`what this browser stored of a key for ${algorithm.name} does not sign any more`)
    } catch (cause) {
      failure = cause
    }
  }
  throw failure
}

/** Makes a key whose private half is non-extractable. */
export async function makeKey(algorithm: SignatureAlgorithm): Promise<StoredKey> {
  const { keyId, cryptoKey, publicCryptoKey } = await generateKey(algorithm)
  return {
    keyId,
    algorithm: algorithm.name,
    privateKey: cryptoKey,
    publicKey: publicCryptoKey as CryptoKey,
    enrolled: false,
  }
}

/** The algorithm of a stored key. */
export function algorithmOf(stored: StoredKey): SignatureAlgorithm {
  const algorithm = algorithms.find(({ name }) => name === stored.algorithm)
  if (algorithm !== undefined) return algorithm
  throw new TypeError(`no key for ${stored.algorithm} is stored here`)
}

/** Whether a key that came out of the storage signs, for its public half, and cannot be exported. */
export async function works(stored: StoredKey): Promise<boolean> {
  try {
    const { signingKey, publicJwk } = await deviceKeyOf(stored)
    const verifyingKey = await importVerifyingKey(algorithmOf(stored), { cryptoKey: stored.publicKey }, stored)
    const probe = encodeUtf8(publicJwk.kid ?? '')
    const signature = new Uint8Array(await signingKey.sign(probe))
    return !stored.privateKey.extractable && (await verifyingKey.verify(probe, signature)) === true
  } catch {
    return false
  }
}

/** What the application gets of a stored key. */
export async function deviceKeyOf(stored: StoredKey): Promise<DeviceKey> {
  const { keyId, algorithm, privateKey, publicKey } = stored
  return Object.freeze({
    keyId,
    algorithm,
    publicJwk: await exportJwk(publicKey, { keyId }),
    signingKey: await importSigningKey(algorithmOf(stored), { cryptoKey: privateKey }, { keyId }),
  })
}

/** Reads the record in a transaction of its own, and deletes a current key that does not work. */
async function readWorking(storage: RecordStorage): Promise<KeyRecord | undefined> {
  const record = await storage.update(unchanged)
  if (record === undefined || (await works(record.current))) return record
  await storage.update(without(record.current.keyId))
  return undefined
}

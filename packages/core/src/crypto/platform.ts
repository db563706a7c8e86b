import type { Bytes, MaybePromise } from '../bytes.ts'
import type { CryptoBackend, HashName } from './backend.ts'
import { webCrypto } from './webcrypto.ts'

/**
 * The backend of this platform: WebCrypto, or where it is missing (an insecure origin, an engine
 * without it) `@noble/hashes`, which is loaded only then.
 */
export function selectBackend(): MaybePromise<CryptoBackend> {
  if (globalThis.crypto?.subtle !== undefined) return webCrypto
  return import('./noble.ts').then((module) => module.noble)
}

/** Hashes with the backend of this platform. */
export function digest(hash: HashName, data: Bytes): MaybePromise<Bytes> {
  const backend = selectBackend()
  return 'digest' in backend ? backend.digest(hash, data) : backend.then((loaded) => loaded.digest(hash, data))
}

/**
 * Bytes from the secure random source, which browsers offer on insecure origins too.
 *
 * @throws TypeError where the platform has none.
 */
export function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length)
  if (globalThis.crypto?.getRandomValues !== undefined) return globalThis.crypto.getRandomValues(bytes)
  throw new TypeError('this platform has no secure random source (crypto.getRandomValues)')
}

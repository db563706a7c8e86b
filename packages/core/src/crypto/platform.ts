import { after, type Bytes, encodeBase64, encodeBase64Url, encodeUtf8, isPending, type MaybePromise } from '../bytes.ts'
import type { CryptoBackend, HashName } from './backend.ts'
import { nodeCrypto } from './node.ts'
import { webCrypto } from './webcrypto.ts'

/** The backend in use, once one is loaded. The platform does not change while a program runs. */
let loaded: CryptoBackend | undefined

/**
 * The backend of this platform: `node:crypto` where the runtime hands it out, WebCrypto everywhere else, and
 * `@noble/hashes` where WebCrypto is missing (an insecure origin, an engine without it). Only the one in
 * use is ever loaded.
 */
export function selectBackend(): MaybePromise<CryptoBackend> {
  return loaded ?? loadSuitable()
}

async function loadSuitable(): Promise<CryptoBackend> {
  const backend = await loaders[suitableBackend()]()
  loaded ??= backend
  return loaded
}

/** Which backend suits this platform best. */
export function suitableBackend(): CryptoBackend['name'] {
  return nodeCrypto() === undefined ? portableBackend() : 'node'
}

function portableBackend(): CryptoBackend['name'] {
  return globalThis.crypto?.subtle === undefined ? 'noble' : 'webcrypto'
}

/**
 * Loads a backend, which is used from then on for whatever is hashed or imported; keys stay with the backend that
 * imported them. It is there for tests, which run on each, and no part of the public interface.
 */
export async function useBackend(name: CryptoBackend['name']): Promise<CryptoBackend> {
  loaded = await loaders[name]()
  return loaded
}

const loaders: Readonly<Record<CryptoBackend['name'], () => MaybePromise<CryptoBackend>>> = {
  webcrypto: () => webCrypto,
  node: loadNode,
  noble: async () => (await import('./noble.ts')).noble,
}

async function loadNode(): Promise<CryptoBackend> {
  const crypto = nodeCrypto()
  if (crypto === undefined) throw new TypeError('this platform has no node:crypto')
  const { answersRightly, createNodeBackend } = await import('./node-backend.ts')
  const backend = createNodeBackend(crypto)
  return (await answersRightly(backend)) ? backend : loaders[portableBackend()]()
}

/** Hashes with the backend of this platform: at once where that can, from the second call on. */
export function digest(hash: HashName, data: Bytes): MaybePromise<Bytes> {
  if (loaded !== undefined) return loaded.digest(hash, data)
  return loadSuitable().then((backend) => backend.digest(hash, data))
}

/** The same in base64. */
export function digestBase64(hash: HashName, data: Bytes): MaybePromise<string> {
  if (loaded?.digestBase64 !== undefined) return loaded.digestBase64(hash, data)
  const bytes = digest(hash, data)
  return isPending(bytes) ? bytes.then(encodeBase64) : encodeBase64(bytes)
}

/** Hashes the UTF-8 bytes of a text, and gives base64url without padding. */
export function digestText(hash: HashName, text: string): MaybePromise<string> {
  if (loaded?.digestText !== undefined) return loaded.digestText(hash, text)
  return after(digest(hash, encodeUtf8(text)), encodeBase64Url)
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

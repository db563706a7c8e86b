import type { Bytes } from '../bytes.ts'
import type { HashName } from '../crypto/backend.ts'
import {
  type Digests,
  parseDigests,
  requireAlgorithms,
  requireEqualDigests,
  serializeDigests,
} from './integrity-fields.ts'

/** Hashes a body or representation that arrives piece by piece, in constant memory. */
export interface Digester {
  /** Hashes the next bytes. They are read at once: the array can be used again afterwards. */
  update(chunk: Uint8Array): void
  /** Ends the hashing, once. Returns the value of a Content-Digest or Repr-Digest field. */
  digest(): string
}

/** Bytes that arrive piece by piece. Some browsers cannot iterate over a `ReadableStream`, which is read then. */
export type ByteStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>

/**
 * Makes a digester, for a body that is too large to hold: its digest can go into a trailer field, or into
 * the header of a body that is read twice.
 *
 *     const digester = await createDigester(['sha-256', 'sha-512'])
 *     for await (const chunk of file) digester.update(chunk)
 *     const contentDigest = digester.digest()
 *
 * @param algorithms one member each, in this order. @default ['sha-256']
 * @throws TypeError for an algorithm that is not active, or none at all. `update` throws one for what are
 * no bytes, and both methods throw one after `digest`.
 */
export async function createDigester(algorithms: readonly HashName[] = ['sha-256']): Promise<Digester> {
  const hashes = await openHashes(requireAlgorithms(algorithms))
  let open = true
  const requireOpen = (): void => {
    if (!open) throw new TypeError('this digester has ended: create another one for other bytes')
  }
  return Object.freeze({
    update(chunk: Uint8Array): void {
      requireOpen()
      hashes.update(requireBytes(chunk))
    },
    digest(): string {
      requireOpen()
      open = false
      return serializeDigests(hashes.digests())
    },
  })
}

/**
 * Passes a body or representation on while it hashes it, and checks it against its Content-Digest or
 * Repr-Digest field. The last piece is held back until the digests have matched: a consumer never sees the
 * whole of bytes that did not match. What it has seen before the end is not checked yet, and must not
 * be acted upon.
 *
 *     for await (const chunk of verifyDigestStream(contentDigest, request.body)) await file.write(chunk)
 *
 * @param field the value of the field. It is checked before the first piece is read.
 * @param chunks are copied, so that a source may fill the same array again. Empty pieces are left out.
 * @throws SignatureError `malformed_digest`, `unsupported_digest` or, before the last piece, `digest_mismatch`
 * @throws TypeError for a piece that is no `Uint8Array`.
 */
export async function* verifyDigestStream(field: string, chunks: ByteStream): AsyncGenerator<Bytes, void, undefined> {
  const stated = parseDigests(field)
  const hashes = await openHashes([...stated.keys()])
  let held: Bytes | undefined
  for await (const chunk of iterate(chunks)) {
    // What is hashed is what is passed on, whatever the source does to its array meanwhile.
    const copy = new Uint8Array(requireBytes(chunk))
    if (copy.length === 0) continue
    hashes.update(copy)
    if (held !== undefined) yield held
    held = copy
  }
  requireEqualDigests(stated, hashes.digests())
  if (held !== undefined) yield held
}

/** One running hash for each algorithm. */
interface RunningHashes {
  update(bytes: Uint8Array): void
  digests(): Digests
}

/**
 * WebCrypto hashes only what is all at hand, so `@noble/hashes` does it here. It is loaded on the first
 * use: whoever streams nothing never downloads it.
 */
async function openHashes(algorithms: readonly HashName[]): Promise<RunningHashes> {
  const { sha256, sha512 } = await import('@noble/hashes/sha2.js')
  const create = { 'sha-256': sha256.create, 'sha-512': sha512.create } as const
  const running = new Map(algorithms.map((algorithm) => [algorithm, create[algorithm]()]))
  return {
    update(bytes: Uint8Array): void {
      for (const hash of running.values()) hash.update(bytes)
    },
    digests: () => new Map(Array.from(running, ([algorithm, hash]) => [algorithm, hash.digest()])),
  }
}

/** A text or an ArrayBuffer would otherwise be copied as something else, or as nothing. */
function requireBytes(chunk: Uint8Array): Uint8Array {
  if (ArrayBuffer.isView(chunk) && chunk[Symbol.toStringTag] === 'Uint8Array') return chunk
  throw new TypeError('each chunk must be a Uint8Array')
}

async function* iterate(source: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  if (Symbol.asyncIterator in source) {
    yield* source
    return
  }
  const reader = (source as ReadableStream<Uint8Array>).getReader()
  let ended = false
  try {
    while (!ended) {
      const { done, value } = await reader.read()
      ended = done
      if (value !== undefined) yield value
    }
  } finally {
    // A consumer that stops early lets the source go too, as iteration over a stream does.
    if (!ended) await reader.cancel()
    reader.releaseLock()
  }
}

import { type Bytes, isSignatureError, type MaybePromise, SignatureError } from '@countersign/core'

/**
 * A body as it comes off the wire, before any parser or decompression. An array that has its memory to itself becomes the
 * body that the handler gets: give one that nobody changes any more. A part of a larger one, as most Buffers are, is copied.
 */
export type BodySource = AsyncIterable<Uint8Array> | Uint8Array | null

/**
 * A body that knows best how it is read as a whole. An iterator takes some promises for each chunk, and an object with
 * a computed name some time to make.
 */
export interface WholeBody {
  /**
   * Reads all of it, and stops as soon as it is too large.
   *
   * @throws SignatureError `body_too_large` or `body_unreadable`
   */
  readWhole(limitBytes: number): Promise<Bytes>
}

/**
 * Reads a body, and stops as soon as it is too large.
 *
 * @param declaredLength the Content-Length, where there is one. It may lie: it is only a reason to stop early.
 * @throws SignatureError `body_too_large` or `body_unreadable`
 */
export function readBody(
  source: BodySource | WholeBody,
  declaredLength: number | undefined,
  limitBytes: number,
): MaybePromise<Bytes> {
  if (declaredLength !== undefined && declaredLength > limitBytes) throw tooLarge(limitBytes)
  if (source === null) return new Uint8Array(0)
  if (source instanceof Uint8Array) {
    if (source.length > limitBytes) throw tooLarge(limitBytes)
    return ownBytes(source) ?? new Uint8Array(source)
  }
  return 'readWhole' in source ? source.readWhole(limitBytes) : collected(source, limitBytes)
}

/** Bytes that have their memory to themselves. In a pool, `body.buffer` would show those of others; shared memory may change. */
export function ownBytes({ buffer, length }: Uint8Array): Bytes | undefined {
  return buffer instanceof ArrayBuffer && buffer.byteLength === length ? new Uint8Array(buffer) : undefined
}

async function collected(source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Bytes> {
  const { chunks, take } = boundedChunks(limitBytes)
  try {
    for await (const chunk of source) take(chunk)
  } catch (error) {
    throw unreadable(error)
  }
  return concatenate(chunks)
}

/** Chunks of a body, as many as there may be. */
export interface BoundedChunks {
  readonly chunks: readonly Uint8Array[]
  /** @throws SignatureError `body_too_large` */
  take(chunk: Uint8Array): void
}

/** A body before its first chunk. */
export function boundedChunks(limitBytes: number): BoundedChunks {
  const chunks: Uint8Array[] = []
  let length = 0
  const take = (chunk: Uint8Array): void => {
    length += chunk.length
    if (length > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  return { chunks, take }
}

/** A copy: what was verified must not change under the feet of a handler. */
export function concatenate(chunks: readonly Uint8Array[]): Bytes {
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

/** The refusal for what went wrong while a body was read. */
export function unreadable(cause: unknown): SignatureError {
  return isSignatureError(cause) ? cause : new SignatureError('body_unreadable', '', { cause })
}

/** The refusal of a body over the limit. */
export function tooLarge(limitBytes: number): SignatureError {
  return new SignatureError('body_too_large', `the limit is ${limitBytes} bytes`)
}

import { type Bytes, isSignatureError, type MaybePromise, SignatureError } from '@countersign/core'

/**
 * A body as it comes off the wire, before any parser or decompression. A plain `Uint8Array` becomes the body that the
 * handler gets: give one that nobody changes any more, as `postMessage` would take it. A `Buffer` is copied.
 */
export type BodySource = AsyncIterable<Uint8Array> | Uint8Array | null

/**
 * A body that hands over its chunks as they come. An iterator takes some promises for each of them, and an object with
 * a computed name some time to make.
 */
export interface ChunkSource {
  /** Tells the sink of every chunk, and then of the end or of what went wrong, also in `take`. */
  handOverTo(sink: ChunkSink): void
}

/** What takes the chunks of a body. */
export interface ChunkSink {
  /** The chunk is given away: nobody else holds it. */
  take(chunk: Uint8Array): void
  end(): void
  fail(error: unknown): void
}

/**
 * Reads a body, and stops as soon as it is too large.
 *
 * @param declaredLength the Content-Length, where there is one. It may lie: it is only a reason to stop early.
 * @throws SignatureError `body_too_large` or `body_unreadable`
 */
export function readBody(
  source: BodySource | ChunkSource,
  declaredLength: number | undefined,
  limitBytes: number,
): MaybePromise<Bytes> {
  if (declaredLength !== undefined && declaredLength > limitBytes) throw tooLarge(limitBytes)
  if (source === null) return new Uint8Array(0)
  if (source instanceof Uint8Array) {
    if (source.length > limitBytes) throw tooLarge(limitBytes)
    return isOwn(source) ? source : new Uint8Array(source)
  }
  return 'handOverTo' in source ? handedOver(source, limitBytes) : collected(source, limitBytes)
}

/** Buffers are often views of a pool, where `body.buffer` would show the bytes of others; shared memory may change. */
function isOwn(bytes: Uint8Array): bytes is Bytes {
  return bytes.constructor === Uint8Array && bytes.buffer.constructor === ArrayBuffer
}

function handedOver(source: ChunkSource, limitBytes: number): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const { chunks, take } = boundedChunks(limitBytes)
    source.handOverTo({
      take,
      end: () => resolve(ownBytes(chunks) ?? concatenate(chunks)),
      fail: (error) => reject(unreadable(error)),
    })
  })
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

/** As many chunks as there may be. */
function boundedChunks(limitBytes: number): Pick<ChunkSink, 'take'> & { readonly chunks: readonly Uint8Array[] } {
  const chunks: Uint8Array[] = []
  let length = 0
  const take = (chunk: Uint8Array): void => {
    length += chunk.length
    if (length > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  return { chunks, take }
}

/** A single chunk that was given away and has its memory to itself. A frame of HTTP/2 lies among others, and has not. */
function ownBytes(chunks: readonly Uint8Array[]): Bytes | undefined {
  const chunk = chunks.length === 1 ? chunks[0] : undefined
  const memory = chunk?.buffer
  return memory instanceof ArrayBuffer && memory.byteLength === chunk?.length ? new Uint8Array(memory) : undefined
}

/** A copy: what was verified must not change under the feet of a handler. */
function concatenate(chunks: readonly Uint8Array[]): Bytes {
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

function unreadable(cause: unknown): SignatureError {
  return isSignatureError(cause) ? cause : new SignatureError('body_unreadable', '', { cause })
}

/** The refusal of a body over the limit. */
export function tooLarge(limitBytes: number): SignatureError {
  return new SignatureError('body_too_large', `the limit is ${limitBytes} bytes`)
}

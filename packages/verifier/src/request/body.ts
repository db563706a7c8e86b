import { type Bytes, isSignatureError, type MaybePromise, SignatureError } from '@countersign/core'

/**
 * A body as it comes off the wire, before any parser or decompression. A plain `Uint8Array` becomes the body that the
 * handler gets: give one that nobody changes any more, as `postMessage` would take it. A `Buffer` is copied.
 */
export type BodySource = AsyncIterable<Uint8Array> | Uint8Array | null

/**
 * Reads a body, and stops as soon as it is too large.
 *
 * @param declaredLength the Content-Length, where there is one. It may lie: it is only a reason to stop early.
 * @throws SignatureError `body_too_large` or `body_unreadable`
 */
export function readBody(
  source: BodySource,
  declaredLength: number | undefined,
  limitBytes: number,
): MaybePromise<Bytes> {
  if (declaredLength !== undefined && declaredLength > limitBytes) throw tooLarge(limitBytes)
  if (source === null) return new Uint8Array(0)
  if (source instanceof Uint8Array) {
    if (source.length > limitBytes) throw tooLarge(limitBytes)
    return isOwn(source) ? source : new Uint8Array(source)
  }
  return readChunks(source, limitBytes).then(concatenate)
}

/** Buffers are often views of a pool, where `body.buffer` would show the bytes of others; shared memory may change. */
function isOwn(bytes: Uint8Array): bytes is Bytes {
  return bytes.constructor === Uint8Array && bytes.buffer.constructor === ArrayBuffer
}

async function readChunks(source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of source) {
      length += chunk.length
      if (length > limitBytes) throw tooLarge(limitBytes)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (isSignatureError(cause)) throw cause
    throw new SignatureError('body_unreadable', '', { cause })
  }
  return chunks
}

function concatenate(chunks: readonly Uint8Array[]): Bytes {
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

/** The refusal of a body over the limit. */
export function tooLarge(limitBytes: number): SignatureError {
  return new SignatureError('body_too_large', `the limit is ${limitBytes} bytes`)
}

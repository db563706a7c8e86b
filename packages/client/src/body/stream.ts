import type { Bytes } from '@countersign/core'

/** A body that arrives piece by piece: a stream of the platform, or whatever else Node's `fetch` takes. */
export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>

/** The bounds of {@link readStream}. */
export interface StreamBounds {
  /** The longest stream that is read. */
  readonly maxBytes: number
  /** Ends the reading, also of a stream that says nothing. */
  readonly signal: AbortSignal | undefined
}

/**
 * Reads a stream to its end. It is loaded where there is one.
 *
 * @returns undefined when it has more than `maxBytes`.
 * @throws TypeError for a stream that was read before, or one of other things than bytes.
 */
export async function readStream(source: ByteSource, { maxBytes, signal }: StreamBounds): Promise<Bytes | undefined> {
  // Some browsers cannot iterate over a stream.
  const reader = 'getReader' in source ? source.getReader() : source[Symbol.asyncIterator]()
  const next = 'read' in reader ? () => reader.read() : () => reader.next()
  const chunks: Uint8Array[] = []
  let length = 0
  let ended = false
  const aborted = abortOf(signal)
  try {
    for (;;) {
      const { done, value } = await Promise.race([next(), aborted.promise])
      ended = done === true
      if (ended) return joined(chunks, length)
      length += requireBytes(value).length
      if (length > maxBytes) return undefined
      // A source may fill the same array again.
      chunks.push(value.slice())
    }
  } finally {
    // Not waited for: a source that hangs would hold everything back.
    if (!ended) void Promise.resolve('cancel' in reader ? reader.cancel() : reader.return?.()).catch(() => {})
    aborted.forget()
  }
}

/** A promise that never resolves, and rejects when the signal aborts. */
function abortOf(signal: AbortSignal | undefined): { promise: Promise<never>; forget: () => void } {
  let abort = (): void => {}
  const promise = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal?.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
  })
  promise.catch(() => {})
  return { promise, forget: () => signal?.removeEventListener('abort', abort) }
}

function requireBytes(chunk: Uint8Array): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('a stream must give Uint8Array: pipe text through a TextEncoderStream')
}

function joined(chunks: readonly Uint8Array[], length: number): Bytes {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

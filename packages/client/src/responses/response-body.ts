import { type Bytes, isSignatureError, SignatureError } from '@countersign/core'

/**
 * Reads the body of a response, and stops as soon as it is too large.
 *
 * @throws SignatureError `body_too_large` or `body_unreadable`
 */
export async function readResponseBody(response: Response, limitBytes: number): Promise<Bytes> {
  try {
    // Some engines have no streams, and say undefined.
    const chunks = response.body ? await readChunks(response.body, limitBytes) : [await readWhole(response)]
    return concatenate(chunks, limitBytes)
  } catch (cause) {
    if (isSignatureError(cause)) throw cause
    throw new SignatureError('body_unreadable', '', { cause })
  }
}

async function readChunks(stream: ReadableStream<Uint8Array>, limitBytes: number): Promise<readonly Uint8Array[]> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > limitBytes) {
      await reader.cancel()
      throw tooLarge(limitBytes)
    }
    chunks.push(read.value)
  }
  return chunks
}

async function readWhole(response: Response): Promise<Uint8Array> {
  return response.body === null ? new Uint8Array(0) : new Uint8Array(await response.arrayBuffer())
}

function concatenate(chunks: readonly Uint8Array[], limitBytes: number): Bytes {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (length > limitBytes) throw tooLarge(limitBytes)
  const body = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

function tooLarge(limitBytes: number): SignatureError {
  return new SignatureError('body_too_large', `the limit is ${limitBytes} bytes`)
}

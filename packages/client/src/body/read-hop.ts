import { createContentDigest, createDigester, SignatureError } from '@countersign/core'
import type { BodyOptions, Content, Hop } from './hop.ts'
import type { ByteSource } from './stream.ts'

/** What a body is given as. */
type GivenBody = BodyInit | ByteSource | null | undefined

/** Bytes that are hashed at once. A Blob of more is hashed in pieces of so many. */
const pieceBytes = 1_048_576

/**
 * Makes the first hop of what `fetch` was called with. FormData would get another boundary the next time that it is
 * serialized, so all bodies become bytes here, once, except large Blobs.
 *
 * @throws SignatureError `body_too_large` for a stream over `maxStreamBytes`.
 * @throws TypeError for what `fetch` would not take either, or a stream of other things than bytes.
 */
export async function readHop(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  options: BodyOptions,
): Promise<Hop> {
  const body: GivenBody = init?.body
  // Not every browser takes a stream as a body: some would send the text "[object ReadableStream]".
  const request = new Request(input, isStream(body) ? { ...init, body: null } : init)
  const content = await readContent(request, body, options)
  request.signal?.throwIfAborted()
  return { request, content, contentDigest: await digestOf(content, request.signal, options) }
}

async function readContent(request: Request, given: GivenBody, options: BodyOptions): Promise<Content | undefined> {
  const body = given ?? request.body
  // Engines that do not know `Request.body` leave it undefined.
  if (body === null || (given == null && /^(GET|HEAD)$/.test(request.method))) return undefined
  if (body instanceof Blob && body.size > pieceBytes) return body
  if (!isStream(body)) return new Uint8Array(await request.arrayBuffer())
  const { readStream } = await import('./stream.ts')
  const { maxStreamBytes: maxBytes = 16_777_216 } = options
  const bytes = await readStream(body, { maxBytes, signal: request.signal })
  if (bytes !== undefined) return bytes
  // Content-Digest goes before the body.
  throw new SignatureError('body_too_large', 'a stream is read before it is sent: pass a Blob, or raise maxStreamBytes')
}

/** Node takes whatever can be iterated; elsewhere only a ReadableStream is one. */
function isStream(body: GivenBody): body is ByteSource {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
}

async function digestOf(
  content: Content | undefined,
  signal: AbortSignal,
  { digestAlgorithms, onHashProgress }: BodyOptions,
): Promise<string | undefined> {
  if (content instanceof Uint8Array) {
    if (content.length === 0) return undefined
    // The platform hashes bytes many times faster than pieces can be hashed: pieces are for those who want to watch.
    if (onHashProgress === undefined || content.length <= pieceBytes) {
      return createContentDigest(content, digestAlgorithms)
    }
  }
  if (content === undefined) return undefined
  const { digestInPieces } = await import('./digest-in-pieces.ts')
  return digestInPieces(content, await createDigester(digestAlgorithms), { onHashProgress, signal, pieceBytes })
}

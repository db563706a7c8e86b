import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { Bytes } from '@countersign/core'
import { boundedChunks, concatenate, ownBytes, unreadable, type WholeBody } from '../../request/body.ts'

/** A request of `node:http`, or of the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/**
 * The body as it comes off the wire. It is taken without going past its end: `end` is not emitted, so that
 * {@link giveBodyBack} can put the bytes where a body parser finds them.
 */
export function nodeBody(request: NodeRequest): WholeBody {
  return { readWhole: (limitBytes) => readWhole(request, limitBytes) }
}

/** The same for whoever reads it piece by piece. */
export function nodeChunks(request: NodeRequest): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => chunksOf(request) }
}

/**
 * Puts a body back that {@link nodeBody} has read to its end: the next reader gets the very bytes that were verified,
 * be it `express.json()`, `koa-bodyparser`, multer or the parser of Fastify.
 */
export function giveBodyBack(request: NodeRequest, body: Uint8Array): void {
  // An engine that has emitted `end` all the same, or a client that is gone: a parser then finds no body, and says so.
  if (body.length === 0 || request.readableEnded || request.destroyed) return
  request.unshift(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
}

/** The parser of HTTP calls the server amid its work. Once that is done, a short body is at hand. */
const parserTurn: Promise<void> = Promise.resolve()

function readWhole(request: NodeRequest, limitBytes: number): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const { chunks, take } = boundedChunks(limitBytes)
    let stop: (() => void) | undefined
    let isTaking = false
    const goOn = (): void => {
      // An engine may tell of the end before it has given the last chunk that was asked for.
      if (isTaking) return
      isTaking = true
      try {
        for (let chunk = takeChunk(request); chunk !== null; chunk = takeChunk(request)) take(chunk)
        if (!hasEnded(request)) {
          stop ??= watch(request, goOn)
          isTaking = false
          return
        }
        resolve(wholeOf(chunks))
      } catch (error) {
        reject(unreadable(error))
      }
      stop?.()
    }
    void parserTurn.then(goOn)
  })
}

/**
 * The parser of HTTP/1.1 has copied a chunk for this request alone. A frame of HTTP/2 lies among others, and what was made
 * up may lie in a pool.
 */
function wholeOf(chunks: readonly Uint8Array[]): Bytes {
  const [only] = chunks
  return (chunks.length === 1 && only !== undefined && ownBytes(only)) || concatenate(chunks)
}

async function* chunksOf(request: NodeRequest): AsyncGenerator<Uint8Array> {
  let wake = (): void => {}
  let stop: (() => void) | undefined
  await parserTurn
  try {
    for (;;) {
      const chunk = takeChunk(request)
      if (chunk !== null) yield chunk
      else if (hasEnded(request)) return
      else {
        stop ??= watch(request, () => wake())
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    stop?.()
  }
}

/** Exactly what is there: `read()` without a number goes past the end, and emits `end`. */
function takeChunk(request: NodeRequest): Uint8Array | null {
  if (streamState(request) === undefined) return request.read()
  return request.readableLength > 0 ? request.read(request.readableLength) : null
}

/**
 * No public property says that all has come before `end` is emitted, and after that nothing can be put back: `complete`
 * is that of `node:http` alone, and a request that was made up, as serverless-http does, claims it from the start.
 * Where an engine has no such state, the end is waited for, and nothing is put back.
 */
function streamState(request: NodeRequest): { readonly ended?: boolean } | undefined {
  return (request as { readonly _readableState?: { readonly ended?: boolean } })._readableState
}

/** @throws Error when the client has broken off. */
function hasEnded(request: NodeRequest): boolean {
  // A stream of HTTP/2 that was reset looks as if it had ended.
  if (request.aborted) throw new Error('the client broke off amid the body')
  if (request.readableEnded || streamState(request)?.ended === true) return true
  if (request.destroyed) throw new Error('the client broke off amid the body')
  return false
}

/** A stream of Node tells of its end as `readable`, too, and of a client that is gone as `close`. */
const changesOfStreams = ['readable', 'error', 'close'] as const
const changes = [...changesOfStreams, 'end', 'aborted'] as const

/** Calls back whenever a request has gone on, until it is told to stop. */
function watch(request: NodeRequest, onChange: () => void): () => void {
  const names = streamState(request) === undefined ? changes : changesOfStreams
  for (const name of names) request.on(name, onChange)
  return () => {
    for (const name of names) request.off(name, onChange)
  }
}

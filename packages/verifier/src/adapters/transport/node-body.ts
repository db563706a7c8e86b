import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { BodySource } from '../../request/body.ts'

/** A request of `node:http`, or of the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/**
 * The body as it comes off the wire. It is taken without going past its end: `end` is not emitted, so that
 * {@link giveBodyBack} can put the bytes where a body parser finds them.
 */
export function nodeBody(request: NodeRequest): BodySource {
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

async function* chunksOf(request: NodeRequest): AsyncGenerator<Uint8Array> {
  let watch: Watch | undefined
  // The parser of HTTP calls the server amid its work. After it, a short body is at hand, and needs no listener.
  await undefined
  try {
    for (;;) {
      const chunk = takeChunk(request)
      if (chunk !== null) yield chunk
      else if (hasEnded(request)) return
      else {
        watch ??= watchRequest(request)
        await watch.change()
      }
    }
  } finally {
    watch?.stop()
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

/** Wakes whoever waits for a request to go on. */
interface Watch {
  change(): Promise<void>
  stop(): void
}

const changes = ['readable', 'end', 'error', 'aborted', 'close'] as const

function watchRequest(request: NodeRequest): Watch {
  let wake = (): void => {}
  const onChange = (): void => wake()
  for (const name of changes) request.on(name, onChange)
  return {
    change: () =>
      new Promise((resolve) => {
        wake = resolve
      }),
    stop: () => {
      for (const name of changes) request.off(name, onChange)
    },
  }
}

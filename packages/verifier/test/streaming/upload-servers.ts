import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { VerifierEvent, VerifierOptions } from '@countersign/verifier'
import { createStreamingVerifier, protectStream } from '@countersign/verifier'
import {
  createStreamingVerifier as createNodeVerifier,
  protectStream as protectNodeStream,
} from '@countersign/verifier/node'
import { onTestFinished } from 'vitest'
import { bankOptions, listen } from '../adapters/running-app.ts'
import { bridge } from '../attacks/target-fetch.ts'

/** A server that takes uploads: it writes to a temporary file, and commits at the end. */
export interface UploadServer {
  readonly port: number
  /** What was committed, in its order. */
  readonly committed: string[]
  /** How many bytes the handler has seen of each upload. */
  readonly seenBytes: number[]
  /** `accepted`, or the code of a refusal. */
  readonly told: string[]
  readonly errors: unknown[]
}

/** How an adapter serves uploads. */
export type StartUploads = (more?: Partial<VerifierOptions>) => Promise<UploadServer>

async function prepare(more: Partial<VerifierOptions>): Promise<{
  uploads: Omit<UploadServer, 'port'>
  options: VerifierOptions
  receive: (body: AsyncIterable<Uint8Array>) => Promise<void>
}> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-uploads-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const uploads: Omit<UploadServer, 'port'> = { committed: [], seenBytes: [], told: [], errors: [] }
  const onEvent = (event: VerifierEvent): void => {
    uploads.told.push(event.type === 'accepted' ? 'accepted' : event.code)
  }
  return {
    uploads,
    options: { ...(await bankOptions<unknown>({ onEvent })), ...more },
    async receive(body) {
      const upload = uploads.seenBytes.push(0) - 1
      const file = join(folder, String(upload))
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const piece of body) {
          uploads.seenBytes[upload] = (uploads.seenBytes[upload] ?? 0) + piece.length
          yield piece
        }
      }
      await pipeline(counted, createWriteStream(file))
      uploads.committed.push(readFileSync(file, 'latin1'))
    },
  }
}

/** On `node:http`. */
export const startNode: StartUploads = async (more = {}) => {
  const { uploads, options, receive } = await prepare(more)
  const listener = protectNodeStream(
    createNodeVerifier(options),
    async (_request, response, { body }) => {
      await receive(body)
      response.end('committed')
    },
    { onError: (error) => uploads.errors.push(error) },
  )
  return { ...uploads, port: await listen(createServer(listener)) }
}

/** On the Fetch API. */
export const startFetch: StartUploads = async (more = {}) => {
  const { uploads, options, receive } = await prepare(more)
  const handler = protectStream(createStreamingVerifier(options), async (request) => {
    // A GET has no body here.
    await receive(request.body === null ? Readable.from([]) : (request.body as unknown as AsyncIterable<Uint8Array>))
    return new Response('committed')
  })
  const listener: RequestListener = (request, response) => {
    bridge(handler, request, response).catch((error: unknown) => {
      uploads.errors.push(error)
      response.destroy()
    })
  }
  return { ...uploads, port: await listen(createServer(listener)) }
}

/** A process of its own that takes uploads and tells how much memory that took: see memory.test.ts. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMemoryReplayStore } from '@countersign/verifier'
import { createStreamingVerifier, createVerifier, protect, protectStream } from '@countersign/verifier/node'
import { verifyingKeyNamed } from '../attacks/keys.ts'
import { bankOrigin } from '../attacks/signed-request.ts'

/** What the process answers to an upload. */
export interface Measured {
  /** Of the bytes that the handler has seen, in hex. */
  readonly sha256: string
  /** Resident memory before the upload, in bytes. */
  readonly before: number
  /** The most during it, in bytes. */
  readonly peak: number
}

const isStreaming = process.argv[2] === 'stream'
const options = {
  keys: [await verifyingKeyNamed('alice')],
  replayStore: createMemoryReplayStore({ startsFresh: true }),
  origin: bankOrigin,
  maxBodyBytes: 2 ** 30,
  onEvent: () => {},
}

let before = 0
let peak = 0
function measure(): void {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(measure, 5).unref()

function report(hash: ReturnType<typeof createHash>): string {
  measure()
  return JSON.stringify({ sha256: hash.digest('hex'), before, peak } satisfies Measured)
}

const listener = isStreaming
  ? protectStream(createStreamingVerifier(options), async (_request, response, { body }) => {
      const hash = createHash('sha256')
      for await (const piece of body) hash.update(piece)
      response.end(report(hash))
    })
  : protect(createVerifier(options), (_request, response, { body }) => {
      response.end(report(createHash('sha256').update(body)))
    })

const server = createServer((request, response) => {
  before = process.memoryUsage.rss()
  peak = before
  void listener(request, response)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

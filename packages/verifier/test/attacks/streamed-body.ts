import type { Readable } from 'node:stream'

/** What a body parser reads that comes after verification. */
export async function streamedBody(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

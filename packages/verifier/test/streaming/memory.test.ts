import { expect, it } from 'vitest'
import { upload } from './send-upload.ts'

const mebibyte = 2 ** 20

/** `UPLOAD_MEBIBYTES=256 npx vitest run packages/verifier/test/streaming/memory` prints the figures of the docs. */
const size = Number(process.env['UPLOAD_MEBIBYTES'] ?? 64)

it(`a streamed upload of ${size} MiB takes memory that does not grow with it`, { timeout: 120_000 }, async () => {
  const { sent, sha256, before, peak, milliseconds } = await upload(size, 'stream')
  expect(sha256).toBe(sent)
  // Pieces of 64 KiB that wait for the garbage collector. Held as a whole, the body would take twice its size.
  expect(peak - before).toBeLessThan(60 * mebibyte)
  if (process.env['UPLOAD_MEBIBYTES'] === undefined) return
  const [start, most] = [before, peak].map((bytes) => `${(bytes / mebibyte).toFixed(0)} MiB`)
  console.log(`${size} MiB: ${start} before, ${most} at most, ${(milliseconds / 1000).toFixed(1)} s`)
})

import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { writingFailure } from '../../file-trouble.ts'

/**
 * Writes a body into a file as it arrives. The file gets its name when it is complete: a download that was cut leaves
 * nothing behind, and keeps what was there before. A device or a pipe is written to as it is.
 *
 * @param mode of a file that is new.
 * @throws CommandFailure when the file cannot be written, and whatever the body throws.
 */
export async function saveBody(
  path: string,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mode = 0o666,
): Promise<void> {
  try {
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && !found.isFile()) {
      await pipeline(body, createWriteStream(path))
      return
    }
    const place = found === undefined ? path : await realpath(path)
    await writeWhole(place, body, found === undefined ? mode : found.mode & 0o777)
  } catch (error) {
    throw writingFailure(path, error)
  }
}

async function writeWhole(place: string, body: Parameters<typeof saveBody>[1], mode: number): Promise<void> {
  const part = `${place}.${randomBytes(4).toString('hex')}.part`
  try {
    await pipeline(body, createWriteStream(part, { flags: 'wx', mode }))
    await rename(part, place)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { usageFailure } from './failure.ts'
import { readingFailure } from './file-trouble.ts'
import type { World } from './world.ts'

/** What is read, and how much of it. */
export interface InputOptions {
  /** For mistakes: "the message". */
  readonly what: string
  /** More than that is refused, and not read to its end. */
  readonly maxBytes: number
}

/** Standard input can be read once. */
const worldsRead = new WeakSet<World>()

/**
 * Reads a file, a pipe that has a path, or standard input (`-`), as a whole.
 *
 * @throws CommandFailure when it cannot be read, or has more bytes than it may.
 */
export async function readInput(path: string, { what, maxBytes }: InputOptions, world: World): Promise<Buffer> {
  // A variable of a shell that is not set.
  if (path === '') throw usageFailure(`the name of a file is empty: ${what}`)
  try {
    return await readAtMost(maxBytes, path === '-' ? standardInput(what, world) : fileInput(path, world))
  } catch (error) {
    throw readingFailure(`${what} ${path === '-' ? 'on standard input' : path}`, error)
  }
}

function fileInput(path: string, { signal }: World): AsyncIterable<Uint8Array> {
  return createReadStream(path, { signal })
}

function standardInput(what: string, world: World): AsyncIterable<Uint8Array> {
  if (world.stdin.isTerminal) throw usageFailure(`${what} is read from standard input, and nothing is piped into it`)
  if (worldsRead.has(world)) throw usageFailure(`${what} cannot be standard input too: it can be read once`)
  worldsRead.add(world)
  return world.stdin.read()
}

/** Whether others than its owner may read a file. A file without an owner's mode tells nothing. */
export async function isReadableByOthers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true && (found.mode & 0o077) !== 0
}

async function readAtMost(maxBytes: number, input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of input) {
    length += chunk.length
    if (length > maxBytes) throw new Error(`it has more than ${sizeText(maxBytes)}`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function sizeText(bytes: number): string {
  return bytes < 1_048_576 ? `${bytes / 1024} KiB` : `${bytes / 1_048_576} MiB`
}

import { readFile, stat } from 'node:fs/promises'
import { failure, failureOf, usageFailure } from '../failure.ts'
import type { World } from '../world.ts'

/** Bytes that are read into memory: a message of 64 MiB is shown nowhere. */
const maxInputBytes = 67_108_864

/**
 * Reads a file, or standard input (`-`), as a whole.
 *
 * @param what names it for mistakes: "the message".
 * @throws CommandFailure when it cannot be read, or has more than 64 MiB.
 */
export async function readInput(path: string, what: string, world: World): Promise<Uint8Array> {
  if (path === '-') return readStandardInput(what, world)
  try {
    const { size } = await stat(path)
    if (size > maxInputBytes) throw new Error('it has more than 64 MiB')
    return await readFile(path)
  } catch (error) {
    throw failureOf(`${what} ${path} cannot be read`, error)
  }
}

async function readStandardInput(what: string, world: World): Promise<Uint8Array> {
  if (world.stdin.isTerminal) throw usageFailure(`${what} is read from standard input, and nothing is piped into it`)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of world.stdin.read()) {
    world.signal.throwIfAborted()
    length += chunk.length
    if (length > maxInputBytes) throw failure(`${what} on standard input has more than 64 MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

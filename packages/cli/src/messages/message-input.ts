import { readInput as readBounded } from '../input.ts'
import type { World } from '../world.ts'

/** Bytes that are held in memory at once: 64 MiB. */
export const maxMessageBytes = 67_108_864

/**
 * Reads a message, or a part of one, from a file or from standard input (`-`).
 *
 * @param what names it for mistakes: "the message".
 * @throws CommandFailure when it cannot be read, or has more than 64 MiB.
 */
export function readInput(path: string, what: string, world: World): Promise<Buffer> {
  return readBounded(path, { what, maxBytes: maxMessageBytes }, world)
}

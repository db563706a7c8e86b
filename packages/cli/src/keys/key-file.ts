import { existsSync } from 'node:fs'
import { chmod, open } from 'node:fs/promises'
import { type CommandFailure, failureOf, usageFailure } from '../failure.ts'

/** Who may read a file of keys: its owner alone, or everybody where it holds a public key. */
export const fileModes = { secret: 0o600, public: 0o644 } as const

/** Refuses to write over a key, before anything is made. @throws CommandFailure when the file exists. */
export function checkFree(path: string): void {
  if (existsSync(path)) throw overwriting(path)
}

function overwriting(path: string): CommandFailure {
  return usageFailure(`${path} exists: a key that is overwritten is lost. Take another name, or --force`)
}

/**
 * Writes a key into a file which did not exist.
 *
 * @param options.force writes over a file that exists.
 * @throws CommandFailure when the file exists, or cannot be written.
 */
export async function writeKeyFile(
  path: string,
  text: string,
  { holds, force = false }: { readonly holds: keyof typeof fileModes; readonly force?: boolean },
): Promise<void> {
  const mode = fileModes[holds]
  try {
    // The mode is there before the first byte.
    const file = await open(path, force ? 'w' : 'wx', mode)
    try {
      if (process.platform !== 'win32') await chmod(path, mode)
      await file.writeFile(text)
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw overwriting(path)
    throw failureOf(`${path} cannot be written`, error)
  }
}

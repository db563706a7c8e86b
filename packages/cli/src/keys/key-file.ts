import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { chmod, open, rename, rm } from 'node:fs/promises'
import { type CommandFailure, usageFailure } from '../failure.ts'
import { writingFailure } from '../file-trouble.ts'

/** Who may read a file of keys: its owner alone, or everybody where it holds a public key. */
const fileModes = { secret: 0o600, public: 0o644 } as const

/** A key that goes into a file. */
export interface KeyFile {
  readonly path: string
  readonly text: string
  readonly holds: keyof typeof fileModes
}

/** How files of keys are written. */
export interface WriteOptions {
  /** Writes over files that exist. */
  readonly force: boolean
}

/** Refuses to write over a key, before anything is made. @throws CommandFailure when the file exists, or is no file. */
export function checkFree(path: string, { force }: WriteOptions): void {
  if (path === '') throw usageFailure('the name of a file is empty: the key')
  if (!existsSync(path)) return
  if (!statSync(path).isFile()) throw usageFailure(`${path} is no file: a key goes into a file, or to standard output`)
  if (!force) throw overwriting(path)
}

function overwriting(path: string): CommandFailure {
  return usageFailure(`${path} exists: a key that is overwritten is lost. Take another name, or --force`)
}

/**
 * Writes the keys of a pair: all of them, or none. One that is replaced stays as it was until all are written.
 *
 * @throws CommandFailure when a file exists, or cannot be written.
 */
export async function writeKeyFiles(files: readonly KeyFile[], { force }: WriteOptions): Promise<void> {
  const written: { readonly place: string; readonly path: string }[] = []
  try {
    for (const file of files) {
      const place = force ? `${file.path}.${randomBytes(4).toString('hex')}.part` : file.path
      await writeNew(place, file)
      written.push({ place, path: file.path })
    }
    for (const { place, path } of written) if (place !== path) await rename(place, path)
  } catch (error) {
    await Promise.all(written.map(({ place }) => rm(place, { force: true })))
    throw error
  }
}

async function writeNew(place: string, { path, text, holds }: KeyFile): Promise<void> {
  const mode = fileModes[holds]
  try {
    // The mode is there before the first byte.
    const file = await open(place, 'wx', mode)
    try {
      if (process.platform !== 'win32') await chmod(place, mode)
      await file.writeFile(text)
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw overwriting(path)
    throw writingFailure(path, error)
  }
}

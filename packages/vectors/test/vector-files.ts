import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { VectorFile, VectorKeys } from './runner/vector.ts'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))

/** Reads a JSON file of the package. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(packageFolder, path), 'utf8'))
}

/** The names of the files that hold vectors. */
export const vectorFileNames: readonly string[] = readdirSync(join(packageFolder, 'vectors'))
  .filter((name) => name.endsWith('.json') && name !== 'keys.json')
  .sort()

/** Each file of vectors, by its name. */
export const vectorFiles: readonly (readonly [name: string, file: VectorFile])[] = vectorFileNames.map((name) => [
  name,
  readJson(`vectors/${name}`) as VectorFile,
])

/** The keys that the vectors name. */
export const vectorKeys: VectorKeys = (readJson('vectors/keys.json') as { keys: VectorKeys }).keys

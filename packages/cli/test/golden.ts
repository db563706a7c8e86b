import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const folder = fileURLToPath(new URL('golden', import.meta.url))

/**
 * Compares what the program printed with a file that somebody has read: `golden/<name>.txt`. UPDATE_GOLDEN=1 writes it
 * anew, to be read again.
 */
export function expectGolden(name: string, text: string): void {
  const path = join(folder, `${name}.txt`)
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  expect(text).toBe(readFileSync(path, 'utf8'))
}

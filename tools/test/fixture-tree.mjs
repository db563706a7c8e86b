import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { checkStructure } from '../structure/all-rules.mjs'
import { readTree } from '../structure/source/read-tree.mjs'

/**
 * Writes files into a temporary folder, which goes away when the test ends.
 *
 * @param {Readonly<Record<string, string>>} files path to text
 * @returns {string} the folder
 */
export function writeTree(files) {
  const root = mkdtempSync(join(tmpdir(), 'countersign-fixture-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

/**
 * What the structure check says about a tree of these files, notes included.
 *
 * @param {Readonly<Record<string, string>>} files path to text
 * @returns {string[]} `path:line rule`
 */
export function findingsIn(files) {
  return checkStructure(readTree(writeTree(files))).map(({ path, line, rule, note }) => {
    return `${path}:${line} ${note ? 'note ' : ''}${rule}`
  })
}

/**
 * A file of one statement a line.
 *
 * @param {number} count
 * @returns {string}
 */
export function lines(count) {
  return Array.from({ length: count }, (_line, index) => `export const line${index} = ${index}\n`).join('')
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundledPaths, importDeclarations } from '../../packages/size-limits.mjs'
import { writeInto } from '../project.mjs'

/** The entry that every bundle is compared with: a page without Countersign that loads something later, as it does. */
export const emptyEntry = 'empty'

/**
 * Writes a page's module for each path of the table, and one without any.
 *
 * @param {import('../project.mjs').Project} project
 * @returns {readonly string[]} the names of the entries
 */
export function writeEntries(project) {
  mkdirSync(join(project.folder, 'src'))
  writeInto(project, 'src/later.js', 'export const later = true\n')
  writeInto(project, `src/${emptyEntry}.js`, "globalThis.countersign = { later: () => import('./later.js') }\n")
  for (const path of bundledPaths) {
    const names = Object.values(path.imports).flat().join(', ')
    const text = `${importDeclarations(path)}\nglobalThis.countersign = { ${names} }\n`
    writeInto(project, `src/${path.entry}.js`, text)
  }
  const entries = [emptyEntry, ...bundledPaths.map(({ entry }) => entry)]
  writeInto(project, 'entries.json', JSON.stringify(entries))
  return entries
}

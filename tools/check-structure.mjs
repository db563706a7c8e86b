#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { painter, runCheck, UsageError } from './command-line.mjs'
import { checkStructure } from './structure/all-rules.mjs'
import { isSource } from './structure/source/places.mjs'
import { readTree } from './structure/source/read-tree.mjs'

const usage = `usage: node tools/check-structure.mjs [--root DIR]

Checks the sources against the structure of the repository: who may import whom, sizes, names,
banned syntax, globals, tests, and paths of somebody's machine in tracked files.

  --root DIR   the tree to check (default: this repository)
  --help       print this text

Prints each violation as "path:line  rule  what to do".
Exit code: 0 without violations, 1 with some, 2 for wrong arguments. Notes do not count.
The import table is at the top of tools/structure/import-rules.mjs.
`

/**
 * @param {string} root
 * @returns {number} the exit code
 */
function report(root) {
  const files = readTree(root)
  if (!files.some((file) => isSource(file.path))) throw new UsageError(`no sources under ${root}/packages/*/src`)
  const paint = painter(process.stdout)
  const findings = checkStructure(files)
  for (const { path, line, rule, advice, note } of findings) {
    console.log(`${path}:${line}  ${paint(note ? 'yellow' : 'red', note ? `note: ${rule}` : rule)}  ${advice}`)
  }
  const count = findings.filter((finding) => !finding.note).length
  console.log(paint(count === 0 ? 'green' : 'red', `structure: ${files.length} files, ${count} violations`))
  return count === 0 ? 0 : 1
}

await runCheck({
  name: 'check-structure',
  usage,
  check(root) {
    if (existsSync(root)) return report(root)
    throw new UsageError(`there is no folder ${root}`)
  },
})

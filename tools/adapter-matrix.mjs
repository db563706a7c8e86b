#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { matrixOf, tableOf } from './attacks/adapter-matrix.mjs'
import { UsageError } from './command-line.mjs'

const usage = `usage: node tools/adapter-matrix.mjs RESULTS

Prints a table of the attack catalogue: how many cases of each attack have passed on each server adapter. RESULTS is
the file that "npm test -- --reporter=json --outputFile=RESULTS" wrote.

  --help   print this text

Exit code: 0 with a table, 1 when no case was found, 2 for wrong arguments.
`

/** @returns {string | undefined} the file of results, undefined when help was asked for */
function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    if (values.help) return undefined
    const [path, ...others] = positionals
    if (path === undefined || others.length > 0) throw new Error('one file of results is needed')
    if (!existsSync(path)) throw new Error(`there is no file ${path}`)
    return path
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message)
  }
}

try {
  const path = readArguments()
  if (path === undefined) console.log(usage)
  else {
    const matrix = matrixOf(JSON.parse(readFileSync(path, 'utf8')))
    console.log(tableOf(matrix))
    process.exitCode = matrix.size === 0 ? 1 : 0
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`adapter-matrix: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}

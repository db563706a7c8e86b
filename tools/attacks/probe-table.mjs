#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '../command-line.mjs'
import { begin, end, probedFlaws, tableOf, withTable } from './flaw-table.mjs'

const usage = `usage: node tools/attacks/probe-table.mjs [--root DIR] [--update] RESULTS

Checks the table of docs/probe.md: which flaw of examples/flawed was found by which case of "countersign probe".
RESULTS is the file that "npx vitest run examples/flawed --reporter=json --outputFile=RESULTS" wrote.

  --root DIR   the repository (default: this one)
  --update     writes the table into the page
  --help       print this text

Exit code: 0 when the page has the table of this run, 1 when it has another or no flaw was tried, 2 for wrong arguments.
`

const pagePath = 'docs/probe.md'

/**
 * @param {{ root: string, results: string, update: boolean }} request
 * @returns {number} the exit code
 */
function report({ root, results, update }) {
  const path = join(root, pagePath)
  for (const file of [path, results]) if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  const flaws = probedFlaws(JSON.parse(readFileSync(results, 'utf8')))
  const page = readFileSync(path, 'utf8')
  const actual = withTable(page, tableOf(flaws))
  if (actual === undefined) throw new UsageError(`${pagePath} needs the lines "${begin}" and "${end}"`)
  if (flaws.length > 0 && update) writeFileSync(path, actual)
  const isCurrent = flaws.length > 0 && (update || actual === page)
  const state = isCurrent ? `the table of ${pagePath} is current` : `${pagePath} has another table: run with --update`
  console.log(`probe: ${flaws.length} flaws were found; ${flaws.length === 0 ? 'none was tried' : state}`)
  return isCurrent ? 0 : 1
}

/** @returns {Parameters<typeof report>[0] | undefined} undefined when help was asked for */
function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { root: { type: 'string' }, update: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    if (values.help) return undefined
    const [results, ...others] = positionals
    if (results === undefined || others.length > 0) throw new TypeError('one file of results is needed')
    const root = resolve(values.root ?? fileURLToPath(new URL('../..', import.meta.url)))
    return { root, results, update: values.update ?? false }
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message)
  }
}

try {
  const request = readArguments()
  if (request === undefined) console.log(usage)
  else process.exitCode = report(request)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`probe-table: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}

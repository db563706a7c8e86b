#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCheck, UsageError } from '../command-line.mjs'
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
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
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

await runCheck({
  name: 'probe-table',
  usage,
  options: { update: { type: 'boolean' } },
  results: 'needed',
  check: (root, { update }, results) => report({ root, results: String(results), update: update === true }),
})

#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attackCount, checkPage, testedIn, withTests } from './attacks/threat-model.mjs'
import { painter, runCheck, UsageError } from './command-line.mjs'

const usage = `usage: node tools/check-attacks.mjs [--root DIR] [--update] [RESULTS]

Checks docs/threat-model.md: each attack has a row, and what the row links to exists. With RESULTS, the file that
"npm test -- --reporter=json --outputFile=RESULTS" wrote, also that a test of each attack has passed, in the files that
its row names.

  --root DIR   the repository to check (default: this one)
  --update     writes the names of the test files into the page
  --help       print this text

Exit code: 0 without problems, 1 with some, 2 for wrong arguments.
`

const pagePath = 'docs/threat-model.md'

/**
 * @param {{ root: string, results: string | undefined, update: boolean }} request
 * @returns {number} the exit code
 */
function report({ root, results, update }) {
  const path = join(root, pagePath)
  const folder = dirname(path)
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  let page = readFileSync(path, 'utf8')
  /** @type {string[]} */
  const found = []
  let tested = ''
  if (results !== undefined) {
    const files = testedIn(JSON.parse(readFileSync(results, 'utf8')))
    const actual = withTests(page, folder, files)
    if (update) writeFileSync(path, actual)
    const lines = page.split('\n')
    const outdated = actual.split('\n').flatMap((text, index) => (text === lines[index] ? [] : [index + 1]))
    if (update) page = actual
    else found.push(...outdated.map((line) => `${line}  its tests are others now: run with --update`))
    tested = `, ${files.size} of them tested`
  }
  found.push(...checkPage(page, folder).map(({ line, text }) => `${line}  ${text}`))
  const paint = painter(process.stdout)
  for (const problem of found) console.log(`${pagePath}:${paint('red', problem)}`)
  const summary = `attacks: ${attackCount} attacks${tested}, ${found.length} problems`
  console.log(paint(found.length === 0 ? 'green' : 'red', summary))
  return found.length === 0 ? 0 : 1
}

await runCheck({
  name: 'check-attacks',
  usage,
  options: { update: { type: 'boolean' } },
  results: 'optional',
  check: (root, { update }, results) => {
    if (update === true && results === undefined) throw new UsageError('--update needs a file of results')
    return report({ root, results, update: update === true })
  },
})

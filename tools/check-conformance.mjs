#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { painter, runCheck, UsageError } from './command-line.mjs'
import { checkRequirements, readRequirements } from './conformance/requirements.mjs'

const usage = `usage: node tools/check-conformance.mjs [--root DIR]

Checks docs/conformance.md, the list of what the RFCs require: each row has an id of its own, a level that is known,
and a test that exists and runs; and no section has fewer rows, or more, than it must have.

  --root DIR   the repository to check (default: this one)
  --help       print this text

Prints each problem as "docs/conformance.md:line  what is wrong".
Exit code: 0 without problems, 1 with some, 2 for wrong arguments.
`

const pagePath = 'docs/conformance.md'

/**
 * How many rows each section has: [with a key word, others]. The first number is how often a key word of RFC 2119
 * stands in the section and binds a signer or a verifier; the page says which ones do not. Whoever drops a row has
 * to say so here too.
 *
 * @type {Readonly<Record<string, import('./conformance/requirements.mjs').RowCount>>}
 */
const expectedRows = {
  ...{ 1.4: [1, 0], 2: [5, 1] },
  ...{ 2.1: [8, 3], '2.1.1': [2, 1], '2.1.2': [3, 1], '2.1.3': [2, 1], '2.1.4': [5, 0] },
  ...{ 2.2: [5, 0], '2.2.1': [0, 1], '2.2.2': [0, 1], '2.2.3': [2, 0], '2.2.4': [1, 0], '2.2.5': [1, 1] },
  ...{ '2.2.6': [0, 1], '2.2.7': [0, 1], '2.2.8': [5, 2], '2.2.9': [1, 1], 2.3: [4, 3], 2.4: [4, 1] },
  ...{ 2.5: [2, 15], 3.1: [7, 3], 3.2: [4, 9], '3.2.1': [4, 0] },
  ...{ 3.3: [2, 0], '3.3.1': [0, 1], '3.3.2': [0, 1], '3.3.3': [0, 1], '3.3.4': [0, 1], '3.3.5': [0, 1] },
  ...{ '3.3.6': [0, 1], '3.3.7': [2, 1], 4: [4, 0], 4.1: [3, 1], 4.2: [2, 1], 4.3: [2, 0] },
  ...{ 5: [3, 0], 5.1: [0, 1], 5.2: [3, 3], 'B.1': [1, 0] },
  ...{ '9530:2': [0, 1], '9530:3': [0, 2], '9530:3.1': [3, 0], '9530:4': [0, 1], '9530:5': [2, 0] },
  ...{ '9651:1.2': [1, 0], '9651:3.1': [1, 0], '9651:3.1.1': [1, 0], '9651:3.1.2': [3, 0], '9651:3.2': [4, 0] },
  ...{ '9651:3.3.3': [2, 0], '9651:3.3.4': [1, 0], '9651:3.3.5': [1, 0], '9651:3.3.7': [1, 0] },
  ...{ '9651:4.1.1': [0, 1], '9651:4.1.1.1': [0, 1], '9651:4.1.1.2': [0, 1], '9651:4.1.1.3': [0, 1] },
  ...{ '9651:4.1.2': [0, 1], '9651:4.1.3': [0, 1], '9651:4.1.3.1': [0, 1], '9651:4.1.4': [0, 1] },
  ...{ '9651:4.1.5': [0, 1], '9651:4.1.6': [0, 1], '9651:4.1.7': [0, 1], '9651:4.1.8': [1, 1] },
  ...{ '9651:4.1.9': [0, 1], '9651:4.1.10': [0, 1], '9651:4.1.11': [0, 1] },
  ...{ '9651:4.2': [3, 1], '9651:4.2.1': [0, 1], '9651:4.2.1.1': [0, 1], '9651:4.2.1.2': [0, 1] },
  ...{ '9651:4.2.2': [0, 1], '9651:4.2.3': [0, 1], '9651:4.2.3.1': [0, 1], '9651:4.2.3.2': [0, 1] },
  ...{ '9651:4.2.3.3': [0, 1], '9651:4.2.4': [0, 1], '9651:4.2.5': [0, 1], '9651:4.2.6': [0, 1] },
  ...{ '9651:4.2.7': [3, 1], '9651:4.2.8': [0, 1], '9651:4.2.9': [0, 1], '9651:4.2.10': [0, 1] },
}

/**
 * @param {string} root
 * @returns {number} the exit code
 */
function report(root) {
  const path = join(root, pagePath)
  if (!existsSync(path)) throw new UsageError(`there is no ${pagePath} under ${root}`)
  const { requirements, problems } = readRequirements(readFileSync(path, 'utf8'))
  const found = [...problems, ...checkRequirements(requirements, { expected: expectedRows, folder: dirname(path) })]
  const paint = painter(process.stdout)
  for (const { line, text } of found.sort((left, right) => left.line - right.line)) {
    console.log(`${pagePath}:${line}  ${paint('red', text)}`)
  }
  const proofs = requirements.reduce((count, requirement) => count + requirement.proofs.length, 0)
  const summary = `conformance: ${requirements.length} requirements, ${proofs} proofs, ${found.length} problems`
  console.log(paint(found.length === 0 ? 'green' : 'red', summary))
  return found.length === 0 ? 0 : 1
}

await runCheck({ name: 'check-conformance', usage, check: report })

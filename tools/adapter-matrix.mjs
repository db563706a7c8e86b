#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { matrixOf, tableOf } from './attacks/adapter-matrix.mjs'
import { runCheck } from './command-line.mjs'

const usage = `usage: node tools/adapter-matrix.mjs RESULTS

Prints a table of the attack catalogue: how many cases of each attack have passed on each server adapter. RESULTS is
the file that "npm test -- --reporter=json --outputFile=RESULTS" wrote.

  --help   print this text

Exit code: 0 with a table, 1 when no case was found, 2 for wrong arguments.
`

await runCheck({
  name: 'adapter-matrix',
  usage,
  results: 'needed',
  check: (_root, _values, results) => {
    const matrix = matrixOf(JSON.parse(readFileSync(String(results), 'utf8')))
    console.log(tableOf(matrix))
    return matrix.size === 0 ? 1 : 0
  },
})

#!/usr/bin/env node
import { runCommand } from './command.mjs'
import { createKeys } from './keys.mjs'
import { createTask, startServer } from './server.mjs'
import { loadVectors } from './vectors.mjs'

const usage = `usage: node runtimes/run-suite.mjs [--only NAME,NAME] [--json] [--forgetful-server]

Runs the suite of behaviour on every runtime that is installed, from the built packages, and prints what became of it.
Run "pnpm -r build" first. --forgetful-server calls a server that lets everything in twice: the suite must fail.

Exit code: 0 when all passed, 1 when a test failed (with CI set, also when a runtime is absent), 2 for wrong arguments.
`

/**
 * What became of the suite on one runtime.
 *
 * @typedef {object} Report
 * @property {string} name
 * @property {string} title
 * @property {string} version
 * @property {readonly { name: string, outcome: 'passed' | 'failed' | 'skipped', reason?: string }[]} tests
 * @property {{ backend: string, nativeEd25519: boolean, missingGlobals: readonly string[] }} facts
 */

/**
 * @param {import('./engines/runtime.mjs').Runtime} runtime
 * @param {Parameters<typeof createTask>[2] & { forgetful: boolean }} options
 * @returns {Promise<Report>}
 */
async function reportOf(runtime, options) {
  // A server of its own: what one runtime leaves behind cannot reach the next.
  const server = await startServer({
    keys: options.keys,
    hosts: runtime.host === undefined ? [] : [runtime.host],
    forgetful: options.forgetful,
  })
  try {
    const { tests, facts } = await runtime.run(createTask(runtime, server, options))
    return { name: runtime.name, title: runtime.title, version: await runtime.version(), tests, facts }
  } finally {
    await runtime.close?.()
    await server.close()
  }
}

/** @param {Report} report */
function print({ title, version, tests, facts }) {
  const count = (outcome) => tests.filter((test) => test.outcome === outcome).length
  console.log(
    `${title.padEnd(26)} ${version.padEnd(28)} ${facts.backend.padEnd(10)}` +
      ` ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`,
  )
  for (const { name, outcome, reason } of tests)
    if (outcome === 'failed') console.log(`  failed: ${name}\n    ${reason}`)
}

/** What the files say of themselves, not what was found in them. */
function numberOf({ files }) {
  return files.reduce((sum, { numberOfTests }) => sum + numberOfTests, 0)
}

await runCommand({
  name: 'run-suite',
  usage,
  options: { 'forgetful-server': { type: 'boolean', default: false } },
  run: async (present, { values, absent }) => {
    const vectors = loadVectors()
    const options = { keys: createKeys(), vectors, forgetful: values['forgetful-server'] }
    const reports = []
    for (const runtime of present) {
      const report = await reportOf(runtime, options)
      reports.push(report)
      if (!values.json) print(report)
    }
    if (values.json) console.log(JSON.stringify({ reports, absent, numberOfVectors: numberOf(vectors) }))
    return reports.every(({ tests }) => tests.length > 0 && tests.every(({ outcome }) => outcome !== 'failed'))
  },
})

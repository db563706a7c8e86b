#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { painter, UsageError } from '../tools/command-line.mjs'
import { contest } from './driver/contest.mjs'
import { foreignVerifier } from './driver/foreign-signatures.mjs'
import { pageOf } from './driver/page.mjs'
import { findRunners } from './driver/runner-folder.mjs'
import { signingSet } from './driver/signing-set.mjs'
import { loadVectors } from './driver/vectors.mjs'

const usage = `usage: node interop/run.mjs [--only NAME]... [--update-docs] [--vectors DIR] [--runners DIR]

Runs the test vectors in other languages and libraries, and verifies what they sign. Needs the built packages
(npm run build). A runner whose toolchain is absent is skipped aloud; with CI set it is a failure.

  --only NAME     only this runner (the "name" of a runner.json); may be given more than once
  --update-docs   writes docs/interop.md; otherwise it is checked
  --vectors DIR   the vectors (default: packages/vectors/vectors)
  --runners DIR   the folder with <language>/<name>/runner.json (default: interop)
  --help          print this text

Exit code: 0 when all is as expected, 1 when something is not, 2 for wrong arguments.
`

const root = fileURLToPath(new URL('..', import.meta.url))
const paint = painter(process.stdout)

/** @returns {ReturnType<typeof options> | undefined} undefined when help was asked for */
function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        'update-docs': { type: 'boolean' },
        vectors: { type: 'string' },
        runners: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values.help ? undefined : options(values)
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message)
  }
}

function options({ only = [], vectors, runners, 'update-docs': update = false }) {
  if (update && (only.length > 0 || vectors !== undefined || runners !== undefined)) {
    throw new UsageError('--update-docs needs all runners and all vectors: leave the other options out')
  }
  const vectorFolder = resolve(vectors ?? join(root, 'packages/vectors/vectors'))
  const runnerFolder = resolve(runners ?? join(root, 'interop'))
  for (const folder of [vectorFolder, runnerFolder]) {
    if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}`)
  }
  const ours = vectors === undefined && runners === undefined
  return { only, vectorFolder, runnerFolder, update, ours }
}

/**
 * @param {ReturnType<typeof options>} request
 * @returns {Promise<boolean>} whether all is as expected
 */
async function run({ only, vectorFolder, runnerFolder, update, ours }) {
  const all = findRunners(runnerFolder)
  const unknown = only.find((name) => !all.some((runner) => runner.name === name))
  if (unknown !== undefined) {
    throw new UsageError(`there is no runner ${unknown}. There are: ${all.map(({ name }) => name).join(', ')}`)
  }
  const chosen = only.length === 0 ? all : all.filter(({ name }) => only.includes(name))
  if (chosen.length === 0) throw new UsageError(`there is no runner in ${runnerFolder}`)
  const { keys, tests } = loadVectors(vectorFolder)
  const signing = signingSet(keys, Math.floor(Date.now() / 1000))
  const input = { keys, tests, signing, loadVerifier: () => foreignVerifier(keys), ci: Boolean(process.env.CI) }
  const outcomes = []
  for (const runner of chosen) {
    const start = Date.now()
    const progress = (text) => process.stderr.isTTY && process.stderr.write(`\u001b[2K\r${runner.name}: ${text}`)
    const outcome = await contest(runner, { ...input, progress })
    progress('\r')
    outcomes.push(outcome)
    tell(outcome, Date.now() - start)
  }
  const page = only.length === 0 && ours ? checkPage(outcomes, tests, update) : true
  return summarize(outcomes) && page
}

/** @param {import('./driver/contest.mjs').Outcome} outcome */
function tell({ runner, state, problems, skipped, verdict, signed }, milliseconds) {
  const colours = /** @type {const} */ ({ passed: 'green', failed: 'red', absent: 'yellow' })
  const disagreeing = verdict.disagreements.reduce((sum, { ids }) => sum + ids.length, 0)
  const counts = `${verdict.agreed} agreed, ${skipped.length + verdict.unaskable} skipped, ${disagreeing} reviewed disagreements`
  const signing = runner.signs ? `, ${signed.verified} signed and verified (${signed.exact} exact)` : ''
  const seconds = (milliseconds / 1000).toFixed(1)
  const text = state === 'absent' ? 'SKIPPED' : `${counts}${signing}, ${seconds} s`
  console.log(`${paint(colours[state], `${runner.name} (${runner.language}): ${state}`)}: ${text}`)
  for (const problem of problems) console.log(`  ${problem}`)
}

/** @returns {boolean} whether docs/interop.md says what was measured, or could not be checked */
function checkPage(outcomes, tests, update) {
  const path = join(root, 'docs/interop.md')
  if (outcomes.some(({ state }) => state !== 'passed')) {
    console.log(paint('yellow', 'docs/interop.md is not checked: not every runner ran and passed'))
    return !update
  }
  const page = pageOf(outcomes, tests)
  if (update) writeFileSync(path, page)
  if (existsSync(path) && readFileSync(path, 'utf8') === page) return true
  console.log(paint('red', 'docs/interop.md says something else than this run: write it with --update-docs'))
  return false
}

/** @returns {boolean} */
function summarize(outcomes) {
  const count = (state) => outcomes.filter((outcome) => outcome.state === state).length
  const agreed = outcomes.reduce((sum, { verdict }) => sum + verdict.agreed, 0)
  const signed = outcomes.reduce((sum, outcome) => sum + outcome.signed.verified, 0)
  const text = `languages: ${count('passed')} runners passed, ${count('failed')} failed, ${count('absent')} skipped; ${agreed} tests agreed; ${signed} foreign signatures verified`
  console.log(paint(count('failed') === 0 ? 'green' : 'red', text))
  return count('failed') === 0
}

try {
  const request = readArguments()
  if (request === undefined) console.log(usage)
  else process.exitCode = (await run(request)) ? 0 : 1
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`interop/run.mjs: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}

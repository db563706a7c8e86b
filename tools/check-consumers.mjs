#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { painter, runCheck, UsageError } from './command-line.mjs'
import { consumers } from './consumers/all-consumers.mjs'
import { sizeTable } from './consumers/bundles/size-table.mjs'
import { makeProject } from './consumers/project.mjs'
import { lacksDependency, packAll } from './consumers/tarballs.mjs'

const names = consumers.map(({ name }) => name)

const usage = `usage: node tools/check-consumers.mjs [--only NAME]... [--keep] [--root DIR]

Packs every public package, installs the tarballs in throwaway projects outside of this repository, and builds
and runs those as users do. Bundles for browsers must hold nothing of Node, run, and keep to the limits of
sizes: what Countersign adds to a page that was empty. Run "pnpm -r build" first. Needs npm and its registry.

  --only NAME  one kind of project: ${names.slice(0, 6).join(', ')},
               ${names.slice(6).join(', ')}
  --keep       leaves the projects, and says where
  --root DIR   the repository to check (default: this one)
  --help       print this text

Exit code: 0 when all hold, 1 when one does not, 2 for wrong arguments.
`

/** How many projects are installed and built at once. */
const workers = 2

/**
 * @typedef {import('./consumers/all-consumers.mjs').Consumer} Consumer
 * @typedef {import('./consumers/all-consumers.mjs').Outcome} Outcome
 */

/**
 * @param {Consumer} consumer
 * @param {{ temporary: string, packed: readonly import('./packages/pack.mjs').Packed[] }} given
 * @returns {Promise<Outcome>}
 */
async function consume({ name, template, check }, { temporary, packed }) {
  try {
    return await check(await makeProject(template, join(temporary, name), packed))
  } catch (error) {
    return { facts: [], problems: [/** @type {Error} */ (error).message], lacks: [] }
  }
}

/**
 * Says what a consumer found. What cannot be tried is a failure where everything must be at hand (`CI`).
 *
 * @param {string} name
 * @param {Outcome} outcome
 * @param {number} milliseconds
 * @returns {number} the number of problems
 */
function tell(name, { facts, problems, lacks }, milliseconds) {
  const paint = painter(process.stdout)
  const wrong = process.env.CI ? [...problems, ...lacks] : problems
  const verdict = wrong.length === 0 ? paint('green', 'ok    ') : paint('red', 'FAILED')
  console.log(`${name.padEnd(22)} ${verdict} ${(milliseconds / 1000).toFixed(1).padStart(6)} s   ${facts.join('; ')}`)
  for (const lack of lacks) console.log(paint('yellow', `  not tried: ${lack}`))
  for (const problem of problems) console.log(paint('red', `  ${problem.replaceAll('\n', '\n  ')}`))
  return wrong.length
}

/**
 * @param {readonly Consumer[]} chosen
 * @param {Parameters<typeof consume>[1]} given
 * @returns {Promise<number>} the number of problems
 */
async function consumeAll(chosen, given) {
  // The slowest stand last in the list, and begin first.
  const waiting = [...chosen]
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map()
  let problems = 0
  const work = async () => {
    for (let consumer = waiting.pop(); consumer; consumer = waiting.pop()) {
      const start = Date.now()
      const outcome = await consume(consumer, given)
      outcomes.set(consumer.name, outcome)
      problems += tell(consumer.name, outcome, Date.now() - start)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  const sized = chosen.flatMap(({ name }) => {
    const { sizes } = outcomes.get(name) ?? {}
    return sizes ? [{ name, sizes }] : []
  })
  if (sized.length > 0) console.log(`\n${sizeTable(sized)}`)
  return problems
}

/**
 * @param {readonly unknown[]} only
 * @returns {readonly Consumer[]}
 */
function choose(only) {
  const unknown = only.find((name) => !names.includes(String(name)))
  if (unknown !== undefined) throw new UsageError(`there is no consumer "${unknown}"`)
  return only.length === 0 ? consumers : consumers.filter(({ name }) => only.includes(name))
}

/**
 * @param {string} root
 * @param {import('./command-line.mjs').Values} values
 * @returns {Promise<number>} the exit code
 */
async function check(root, values) {
  const paint = painter(process.stdout)
  const chosen = choose(/** @type {string[]} */ (values.only ?? []))
  const temporary = mkdtempSync(join(tmpdir(), 'countersign-consumers-'))
  try {
    const { packed, unfinished } = await packAll(root, temporary)
    if (packed.length + unfinished.length === 0) throw new UsageError(`no public package under ${root}/packages`)
    console.log(`packed: ${packed.map(({ manifest }) => manifest.name).join(', ')}`)
    for (const text of unfinished) console.log(paint('red', `not packed: ${text}`))
    // The others could not be installed without it.
    if (packed.length === 0 || lacksDependency(packed)) return 1
    const problems = unfinished.length + (await consumeAll(chosen, { temporary, packed }))
    const verdict = `consumers: ${chosen.length}, ${problems} problems`
    console.log(paint(problems === 0 ? 'green' : 'red', `\n${verdict}`))
    return problems === 0 ? 0 : 1
  } finally {
    if (values.keep) console.log(`kept: ${temporary}`)
    else rmSync(temporary, { recursive: true, force: true })
  }
}

const options = /** @type {const} */ ({ only: { type: 'string', multiple: true }, keep: { type: 'boolean' } })
await runCheck({ name: 'check-consumers', usage, options, check })

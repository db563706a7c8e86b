import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ result: 'accept' | 'reject', error?: string }} Expectation
 * @typedef {Record<string, any> & { id: string, type: string, group: string, expect?: Expectation }} Test
 * @typedef {Record<string, Record<string, any>>} Keys
 */

/**
 * Reads all vectors as runners get them: `type`, `policy` and `now` of a group stand in each of its tests.
 *
 * @param {string} folder the folder with `keys.json` and a file for each suite
 * @returns {{ keys: Keys, tests: Test[] }}
 */
export function loadVectors(folder) {
  const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const suites = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'keys.json')
  const tests = suites.sort().flatMap((name) => read(name).groups.flatMap(testsOf))
  const seen = new Set()
  for (const { id } of tests) {
    if (seen.has(id)) throw new Error(`two vectors have the id ${id}`)
    seen.add(id)
  }
  if (tests.length === 0) throw new Error(`there are no vectors in ${folder}`)
  return { keys: read('keys.json').keys, tests }
}

/** @returns {Test[]} */
function testsOf({ id: group, type, policy, now, tests }) {
  const inherited = Object.fromEntries(Object.entries({ policy, now }).filter(([, value]) => value !== undefined))
  return tests.map((test) => ({ group, type, ...inherited, ...test }))
}

/**
 * Whether a runner is asked a test at all: what it has no features for is not its business.
 *
 * @param {import('./runner-folder.mjs').Runner} runner
 * @param {Test} test
 */
export function concerns({ types, profiles }, { type, policy }) {
  return types.includes(type) && (policy === undefined || profiles.includes(policy.profile))
}

/**
 * The features that a test needs and a runner lacks.
 *
 * @param {import('./runner-folder.mjs').Runner} runner
 * @param {Test} test
 * @returns {string[]}
 */
export function lacking({ lacks }, { requires = [] }) {
  return requires.filter((feature) => lacks.includes(feature))
}

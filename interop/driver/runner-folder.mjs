import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A difference between a runner and the vectors that somebody has looked at.
 *
 * @typedef {object} Disagreement
 * @property {string[]} ids the tests
 * @property {'accept' | 'reject' | 'skip' | 'invalid'} theirs what the runner answers; `invalid`: it signs, and the
 *   signature does not verify
 * @property {string} reason
 * @property {string} rfc the section that decides
 * @property {string} link
 */

/**
 * @typedef {object} Runner
 * @property {string} name
 * @property {string} language
 * @property {string} library
 * @property {string} version
 * @property {'third-party' | 'clean-room'} kind
 * @property {string[]} types the types of vectors that it is asked
 * @property {string[]} profiles the profiles that it is asked
 * @property {string[]} lacks what it lacks of what vectors say in `requires`
 * @property {boolean} signs whether it is asked to sign messages, which we then verify
 * @property {string[][]} needs commands that succeed where the toolchain is installed
 * @property {string[][]} prepare commands that build it
 * @property {string[]} command
 * @property {string} folder
 * @property {Disagreement[]} disagreements
 */

const required = ['name', 'language', 'library', 'version', 'kind', 'types', 'profiles', 'needs', 'command']
const defaults = { lacks: [], signs: false, prepare: [] }

/**
 * Reads all runners: each folder `<language>/<name>` with a `runner.json`.
 *
 * @param {string} root the folder `interop`
 * @returns {Runner[]} by language and name
 */
export function findRunners(root) {
  const folders = subfolders(root).flatMap(subfolders)
  const runners = folders.filter((folder) => existsSync(join(folder, 'runner.json'))).map(readRunner)
  const names = runners.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`two runners are called ${twice}`)
  return runners.sort((a, b) => rank(a).localeCompare(rank(b)))
}

/** Libraries that we did not write come first. */
function rank({ kind, language, name }) {
  return [kind === 'third-party' ? 0 : 1, language, name].join(' ')
}

/** @returns {string[]} */
function subfolders(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map((entry) => join(folder, entry.name))
}

/** @returns {Runner} */
function readRunner(folder) {
  const path = join(folder, 'runner.json')
  const runner = JSON.parse(readFileSync(path, 'utf8'))
  for (const member of required) {
    if (runner[member] === undefined) throw new Error(`${path} has no "${member}"`)
  }
  for (const member of Object.keys(runner)) {
    if (![...required, ...Object.keys(defaults)].includes(member)) {
      throw new Error(`${path} has an unknown "${member}"`)
    }
  }
  return { ...defaults, ...runner, folder, disagreements: readDisagreements(folder) }
}

/** @returns {Disagreement[]} */
function readDisagreements(folder) {
  const path = join(folder, 'disagreements.json')
  if (!existsSync(path)) return []
  return JSON.parse(readFileSync(path, 'utf8')).map((entry) => {
    for (const member of ['theirs', 'reason', 'rfc', 'link']) {
      if (typeof entry[member] !== 'string') throw new Error(`${path}: an entry has no "${member}"`)
    }
    const ids = entry.ids ?? [entry.id]
    if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'string')) throw new Error(`${path}: no "id" or "ids"`)
    return { ...entry, ids }
  })
}

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Folders that building fills: they are not sources. */
const built = new Set(['build', 'target', '.venv', 'node_modules', '__pycache__', 'Cargo.lock'])

/** Five minutes: downloads included. */
const prepareTimeoutMilliseconds = 300_000

/**
 * What a runner needs and the machine lacks.
 *
 * @param {import('./runner-folder.mjs').Runner} runner
 * @returns {string | undefined} the command that did not succeed
 */
export function missingCommand({ needs, folder }) {
  const missing = needs.find(([command, ...args]) => {
    return spawnSync(command, args, { cwd: folder, stdio: 'ignore', timeout: 60_000 }).status !== 0
  })
  return missing?.join(' ')
}

/**
 * Builds a runner, unless it was built of the same sources before.
 *
 * @param {import('./runner-folder.mjs').Runner} runner
 * @returns {{ built: boolean, problem?: string }}
 */
export function prepare({ prepare: commands, folder }) {
  if (commands.length === 0) return { built: false }
  const stamp = join(folder, 'build', 'sources.sha256')
  const sources = hashOf(folder)
  if (readStamp(stamp) === sources) return { built: false }
  for (const [command, ...args] of commands) {
    const { status, error, stdout, stderr } = spawnSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: prepareTimeoutMilliseconds,
    })
    if (status === 0) continue
    const why = error?.message ?? `exit code ${status}`
    return { built: true, problem: `"${[command, ...args].join(' ')}": ${why}\n${tail(`${stdout}${stderr}`)}` }
  }
  mkdirSync(join(folder, 'build'), { recursive: true })
  writeFileSync(stamp, sources)
  return { built: true }
}

function readStamp(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** @returns {string} one hash of the names and contents of all sources: its own, and what its language shares */
function hashOf(folder) {
  const hash = createHash('sha256')
  const isOthers = (path) => path !== folder && existsSync(join(path, 'runner.json'))
  for (const path of filesOf(dirname(folder), isOthers).sort()) {
    hash.update(path).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

/** @returns {string[]} */
function filesOf(folder, isOthers) {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !built.has(name))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return isOthers(path) ? [] : filesOf(path, isOthers)
  })
}

/** The last lines of what a command said. */
export function tail(text, lines = 20) {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

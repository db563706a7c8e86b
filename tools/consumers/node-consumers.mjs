import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './commands.mjs'
import { writeInto } from './project.mjs'
import { importables } from './tarballs.mjs'

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./all-consumers.mjs').Outcome} Outcome */

/** Files that both kinds of project use as they are. */
const given = ['exchange.cjs', 'surroundings.cjs']

/**
 * Runs the check of a project on this Node and on the oldest that the packages promise.
 *
 * @param {Project} project
 * @param {string} script
 * @param {string} [what] is counted by the script
 * @returns {Promise<Outcome>}
 */
export async function checkOnNode(project, script, what = 'imports') {
  const { folder, packages } = project
  const { commands, ...specifiers } = importables(packages)
  writeInto(project, 'importables.json', JSON.stringify(specifiers))
  for (const file of given) copyFileSync(fileURLToPath(new URL(file, import.meta.url)), join(folder, file))
  const runtimes = [process.execPath, ...oldestNode(folder)]
  const facts = []
  for (const runtime of runtimes) {
    const version = (await runCommand(runtime, ['--version'], { cwd: folder })).trim()
    const count = (await runCommand(runtime, [script], { cwd: folder })).trim()
    facts.push(`${version}: ${count} ${what}`)
    for (const command of commands) {
      await runCommand(runtime, [join('node_modules', '.bin', command), '--help'], { cwd: folder })
    }
  }
  const lacks = runtimes.length < 2 ? ['the oldest Node is not to be had on this platform'] : []
  return { facts: [...facts, ...commands.map((command) => `${command} --help`)], problems: [], lacks }
}

/**
 * @param {string} folder
 * @returns {string[]} none where npm has no such build for the platform
 */
function oldestNode(folder) {
  const binary = join(folder, 'node_modules', 'oldest-node', 'bin', 'node')
  return existsSync(binary) ? [binary] : []
}

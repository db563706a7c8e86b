import { parseArgs } from 'node:util'
import { chooseRuntimes, sortByPresence } from './runtimes.mjs'

/**
 * Runs one of the commands of this folder: reads the arguments, says what is absent, and sets the exit code.
 *
 * @param {object} command
 * @param {string} command.name
 * @param {string} command.usage
 * @param {import('node:util').ParseArgsConfig['options']} [command.options] beside --only, --json and --help
 * @param {(present: readonly import('./engines/runtime.mjs').Runtime[], context: { values: Record<string, any>, absent: readonly object[] }) => Promise<boolean>} command.run
 * gives whether all went well
 */
export async function runCommand({ name, usage, options = {}, run }) {
  const known = { only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
  let values
  let chosen
  try {
    values = parseArgs({ options: { ...options, .../** @type {const} */ (known) } }).values
    chosen = values.help ? [] : chooseRuntimes(values.only)
  } catch (error) {
    console.error(`${name}: ${error.message}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  if (values.help) {
    console.log(usage)
    return
  }
  const { present, absent } = await sortByPresence(chosen)
  const isWell = await run(present, { values, absent })
  if (!isWell || (process.env.CI && absent.length > 0)) process.exitCode = 1
}

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * The values of the options, by their names.
 *
 * @typedef {Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>} Values
 */

/**
 * What the user asked for: a help text, a mistake, or a root to check.
 *
 * @typedef {{ help: true } | { mistake: string } | { root: string | undefined, values: Values }} Request
 */

/**
 * Reads the arguments that the checks share, and those of one check.
 *
 * @param {string[]} args the arguments after the script's name
 * @param {import('node:util').ParseArgsConfig['options']} [options] what one check takes beside `--root` and `--help`
 * @returns {Request}
 */
export function readArguments(args, options = {}) {
  try {
    const { values } = parseArgs({
      args,
      options: { ...options, root: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: false,
    })
    const { root, help } = /** @type {{ root?: string, help?: boolean }} */ (values)
    return help ? { help: true } : { root, values: /** @type {Values} */ (values) }
  } catch (error) {
    return { mistake: /** @type {Error} */ (error).message }
  }
}

const colours = { red: 31, green: 32, yellow: 33, dim: 2 }

/**
 * Gives a function that colours text, or leaves it alone where colour was not asked for (https://no-color.org).
 *
 * @param {{ isTTY?: boolean }} stream where the text will be written
 * @returns {(colour: keyof typeof colours, text: string) => string}
 */
export function painter(stream) {
  if (!stream.isTTY || process.env.NO_COLOR) return (_colour, text) => text
  return (colour, text) => `\u001b[${colours[colour]}m${text}\u001b[0m`
}

/** A mistake of the user: it is told together with the usage, and the command exits with 2. */
export class UsageError extends Error {}

/**
 * Runs a check: reads the arguments, prints help or mistakes, and sets the exit code.
 *
 * @param {{
 *   name: string,
 *   usage: string,
 *   options?: import('node:util').ParseArgsConfig['options'],
 *   check: (root: string, values: Values) => number | Promise<number>,
 * }} command `check` gets the root to check and the values of its options, and gives the exit code
 */
export async function runCheck({ name, usage, options, check }) {
  const request = readArguments(process.argv.slice(2), options)
  if ('help' in request) {
    console.log(usage)
    return
  }
  try {
    if ('mistake' in request) throw new UsageError(request.mistake)
    process.exitCode = await check(resolve(request.root ?? repository), request.values)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${name}: ${error.message}\n\n${usage}`)
    process.exitCode = 2
  }
}

const repository = fileURLToPath(new URL('..', import.meta.url))

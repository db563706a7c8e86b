import { existsSync } from 'node:fs'
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
 * @typedef {{ help: true } | { mistake: string } | { root: string | undefined, values: Values, files: readonly string[] }} Request
 */

/**
 * Reads the arguments that the checks share, and those of one check.
 *
 * @param {string[]} args the arguments after the script's name
 * @param {import('node:util').ParseArgsConfig['options']} [options] what one check takes beside `--root` and `--help`
 * @param {{ least: number, most: number }} [count] how many files it takes
 * @returns {Request}
 */
export function readArguments(args, options = {}, { least, most } = { least: 0, most: 0 }) {
  try {
    const { values, positionals: files } = parseArgs({
      args,
      options: { ...options, root: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: most > 0,
    })
    const { root, help } = /** @type {{ root?: string, help?: boolean }} */ (values)
    if (help) return { help: true }
    if (files.length < least || files.length > most) {
      return { mistake: `${least === most ? '' : 'at most '}one file of results is needed` }
    }
    const missing = files.find((file) => !existsSync(file))
    if (missing !== undefined) return { mistake: `there is no file ${missing}` }
    return { root, values: /** @type {Values} */ (values), files }
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
 *   results?: 'needed' | 'optional',
 *   check: (root: string, values: Values, results: string | undefined) => number | Promise<number>,
 * }} command `results` says that a file of results may be named. `check` gets the root to check, the values of its
 * options and that file, and gives the exit code
 */
export async function runCheck({ name, usage, options, results, check }) {
  const count = { least: results === 'needed' ? 1 : 0, most: results === undefined ? 0 : 1 }
  const request = readArguments(process.argv.slice(2), options, count)
  if ('help' in request) {
    console.log(usage)
    return
  }
  try {
    if ('mistake' in request) throw new UsageError(request.mistake)
    process.exitCode = await check(resolve(request.root ?? repository), request.values, request.files[0])
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${name}: ${error.message}\n\n${usage}`)
    process.exitCode = 2
  }
}

const repository = fileURLToPath(new URL('..', import.meta.url))

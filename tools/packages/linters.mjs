import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { commands } from './pack.mjs'

/**
 * Asks publint about a packed package. Its warnings count as errors; its suggestions do not count.
 *
 * @param {import('./pack.mjs').Packed} packed
 * @returns {Promise<string[]>} one sentence for each problem
 */
export async function publintProblems({ tarball }) {
  const file = readFileSync(tarball)
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true, level: 'error' })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

/**
 * A finding of attw. Which fields it has depends on its kind.
 *
 * @typedef {object} TypeProblem
 * @property {string} kind
 * @property {string} [entrypoint]
 * @property {string} [resolutionKind]
 * @property {string} [typesFileName]
 * @property {string} [implementationFileName]
 * @property {string} [fileName]
 */

/**
 * Asks attw whether the types are right for Node (ESM and CJS) and for bundlers. Resolution without `exports`
 * (`node10`) is left out: subpath exports cannot work there.
 *
 * @param {import('./pack.mjs').Packed} packed
 * @returns {Promise<string[]>} one sentence for each problem
 */
export async function attwProblems({ tarball }) {
  const output = await runAttw(tarball)
  const { analysis } = /** @type {{ analysis: { types: unknown, problems?: TypeProblem[] } }} */ (JSON.parse(output))
  // attw ends well for a package without any types.
  if (!analysis.types) return ['no types were found in the package']
  return (analysis.problems ?? []).filter((problem) => problem.resolutionKind !== 'node10').map(describe)
}

/**
 * @param {string} tarball
 * @returns {Promise<string>} what attw wrote: it ends with 1 when it found a problem, and writes JSON nonetheless
 */
function runAttw(tarball) {
  const options = ['--profile', 'node16', '--format', 'json', '--no-definitely-typed', '--no-color']
  // Started beside the tarball, so that no .attw.json loosens its rules.
  const settings = { cwd: dirname(tarball), maxBuffer: 2 ** 26 }
  return new Promise((resolve, reject) => {
    execFile(join(commands, 'attw'), [tarball, ...options], settings, (error, stdout) => {
      if (error && !stdout.trimStart().startsWith('{')) reject(error)
      else resolve(stdout)
    })
  })
}

/**
 * @param {TypeProblem} problem
 * @returns {string}
 */
function describe({ kind, entrypoint, resolutionKind, ...names }) {
  const files = [names.typesFileName, names.implementationFileName, names.fileName]
  // attw installs the package in a folder of its own making.
  const paths = files.map((file) => file?.replace(/^\/node_modules\/(?:@[^/]+\/)?[^/]+\//, ''))
  const place = [entrypoint && `"${entrypoint}"`, resolutionKind, ...paths].filter(Boolean).join(', ')
  return place === '' ? kind : `${kind} at ${place}`
}

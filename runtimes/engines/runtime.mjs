import { spawn } from 'node:child_process'

/** @typedef {import('../suite/task.ts').Capabilities} Capabilities */
/** @typedef {import('../suite/task.ts').TaskKey} TaskKey */

/**
 * A JavaScript runtime that can be asked to run the suite. README.md says what each member means.
 *
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} title
 * @property {Capabilities} capabilities
 * @property {string} [host]
 * @property {boolean} [signs] whether it takes part in the matrix; true where it is absent
 * @property {() => Promise<true | string>} available
 * @property {() => Promise<string>} version
 * @property {(task: object) => Promise<any>} run
 * @property {(options: { keys: readonly TaskKey[] }) => Promise<{ origin: string, close: () => Promise<void> }>} [serve]
 * @property {() => Promise<void>} [close]
 */

/** What runtimes with a whole WebCrypto and Fetch API have. @type {Capabilities} */
export const everything = { subtle: true, random: true, curves: true, rsa: true, fetch: true, secrets: true }

/** How long one task may take in one process, in milliseconds. Interpreters need long for the curves. */
const taskTimeout = 240_000

/**
 * Runs a program that reads a text and prints another.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, cwd?: string }} [options]
 * @returns {Promise<string>} what it printed
 */
export function runProgram(command, args, { input = '', cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, timeout: taskTimeout })
    const output = { stdout: '', stderr: '' }
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      child[name].setEncoding('utf8').on('data', (chunk) => {
        output[name] += chunk
      })
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.stdout)
      else
        reject(new Error(`${command} ended with ${signal ?? code}: ${(output.stderr || output.stdout).slice(0, 2000)}`))
    })
    // Who does not read its input closes it.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/**
 * Starts a program that serves HTTP and prints its origin as the first line. It ends when its input does.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} input
 */
export function startProgram(command, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: taskTimeout })
    let [stdout, stderr] = ['', '']
    const ended = new Promise((end) => child.on('close', end))
    const close = async () => {
      child.kill()
      await ended
    }
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk
    })
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk
      if (stdout.includes('\n')) resolve({ origin: stdout.split('\n')[0].trim(), close })
    })
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`${command} ended with ${code}: ${stderr}`)))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/**
 * The result of the last line that a program printed: runtimes may print warnings before it.
 *
 * @param {string} stdout
 */
export function readResult(stdout) {
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  const { error, result } = JSON.parse(line)
  if (error !== undefined) throw new Error(error)
  return result
}

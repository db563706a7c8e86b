import { spawn } from 'node:child_process'
import { tail } from './toolchain.mjs'

/**
 * @typedef {object} Answer what a runner says of a test
 * @property {string} id
 * @property {'accept' | 'reject' | 'skip'} result
 * @property {string} [reason]
 * @property {string[]} [steps] of a sequence
 * @property {[name: string, value: string][]} [fields] the fields of a signature that it made
 */

/**
 * Runs a runner once, with all tests, and reads what it says.
 *
 * @param {import('./runner-folder.mjs').Runner} runner
 * @param {{ keys: import('./vectors.mjs').Keys, tests: import('./vectors.mjs').Test[] }} input
 * @param {number} timeoutMilliseconds
 * @returns {Promise<{ answers: Map<string, Answer>, problems: string[] }>} problems: whatever breaks the protocol
 */
export async function converse(runner, { keys, tests }, timeoutMilliseconds = 120_000) {
  const lines = [{ keys }, ...tests].map((line) => `${JSON.stringify(line)}\n`)
  const { stdout, stderr, end } = await run(runner, lines.join(''), timeoutMilliseconds)
  const { answers, problems } = readAnswers(stdout, new Set(tests.map(({ id }) => id)))
  const missing = tests.filter(({ id }) => !answers.has(id)).map(({ id }) => id)
  if (missing.length > 0) problems.push(`no answer to ${missing.length} tests: ${missing.slice(0, 5).join(', ')}`)
  if (end !== undefined) problems.unshift(end)
  if (problems.length > 0 && stderr !== '') problems.push(`it said:\n${tail(stderr)}`)
  return { answers, problems }
}

/** @returns {Promise<{ stdout: string, stderr: string, end: string | undefined }>} end: why it did not end well */
function run({ command: [command, ...args], folder }, input, timeoutMilliseconds) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: folder })
    const text = { stdout: '', stderr: '' }
    for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
      child[stream].setEncoding('utf8')
      child[stream].on('data', (chunk) => {
        text[stream] += chunk
      })
    }
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeoutMilliseconds)
    const finish = (end) => {
      clearTimeout(timer)
      resolve({ ...text, end })
    }
    child.on('error', (error) => finish(`it cannot be started: ${error.message}`))
    child.on('close', (code, signal) => {
      if (late) finish(`it took longer than ${timeoutMilliseconds / 1000} s`)
      else finish(code === 0 ? undefined : `it crashed with ${signal ?? `exit code ${code}`}`)
    })
    // A runner that ends before it has read everything is found out by its exit code or by what it did not answer.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

const results = ['accept', 'reject', 'skip']

/**
 * @param {string} stdout
 * @param {Set<string>} asked
 */
function readAnswers(stdout, asked) {
  /** @type {Map<string, Answer>} */
  const answers = new Map()
  const problems = []
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const answer = parse(line)
    if (!results.includes(answer?.result)) problems.push(`not an answer: ${line.slice(0, 200)}`)
    else if (!asked.has(answer.id)) problems.push(`an answer to "${answer.id}", which was not asked`)
    else if (answers.has(answer.id)) problems.push(`two answers to ${answer.id}`)
    else answers.set(answer.id, answer)
  }
  return { answers, problems }
}

function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'

/** How long any step of a consumer may take, in milliseconds: far more than it does. */
const patience = 300_000

/** How much is shown of what a failed command has written: its first and its last characters. */
const excerptLength = 1500

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: Readonly<Record<string, string>> }} options
 * @returns {Promise<string>} what it wrote to its standard output
 * @throws Error with what it wrote, when it fails or takes too long.
 */
export function runCommand(command, args, { cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patience,
    })
    const written = { stdout: '', all: '' }
    child.stdout.on('data', (chunk) => {
      written.stdout += chunk
      written.all += chunk
    })
    child.stderr.on('data', (chunk) => {
      written.all += chunk
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(written.stdout)
      else reject(new Error(`ended with ${code ?? signal}\n${excerpt(written.all.trim())}`))
    })
  })
}

/**
 * @param {string} text
 * @returns {string}
 */
function excerpt(text) {
  if (text.length <= 2 * excerptLength) return text
  return `${text.slice(0, excerptLength)}\n[...]\n${text.slice(-excerptLength)}`
}

/**
 * The environment of a project of its own: nothing in it may lead back to this workspace, whose commands and packages
 * npm and pnpm put within reach of the scripts they run.
 *
 * @param {Readonly<Record<string, string>>} additions
 * @returns {NodeJS.ProcessEnv}
 */
function environment(additions) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_ENV|NODE_OPTIONS|NODE_PATH|INIT_CWD)$|^npm_(?!config_)/.test(name),
  )
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(own), PATH: path.join(delimiter), NEXT_TELEMETRY_DISABLED: '1', ...additions }
}

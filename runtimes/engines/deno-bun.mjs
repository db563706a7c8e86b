import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSuite } from '../bundle.mjs'
import { everything, readResult, runProgram, startProgram } from './runtime.mjs'

const taskFile = fileURLToPath(new URL('hosted/run-task.mjs', import.meta.url))
const serverFile = fileURLToPath(new URL('hosted/serve.mjs', import.meta.url))

/** Packages come from node_modules, and nothing from the network. */
const denoArgs = [
  'run',
  '--allow-net=127.0.0.1',
  '--no-prompt',
  '--no-lock',
  '--node-modules-dir=manual',
  '--cached-only',
]

/**
 * @param {{ name: string, title: string, binary: string | undefined, args: readonly string[] }} options
 * @returns {import('./runtime.mjs').Runtime}
 */
function hosted({ name, title, binary = name, args }) {
  return {
    name,
    title,
    capabilities: everything,
    available: async () => existsSync(binary) || `no ${title}: pnpm install brings it`,
    version: async () => /\d+\.\d+\.\d+/.exec(await runProgram(binary, ['--version']))?.[0] ?? 'unknown',
    run: async (task) => {
      await buildSuite()
      return readResult(await runProgram(binary, [...args, taskFile], { input: JSON.stringify(task) }))
    },
    serve: async ({ keys }) => {
      await buildSuite()
      return startProgram(binary, [...args, serverFile], JSON.stringify({ keys }))
    },
  }
}

/** The program of a package whose `bin` is only a script that starts it. */
function programOf(packageName, file) {
  const found = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
  return join(dirname(found), file)
}

/** Deno, as npm installs it. */
export const deno = hosted({ name: 'deno', title: 'Deno', binary: programOf('deno', 'deno'), args: denoArgs })

/** Bun, as npm installs it. */
export const bun = hosted({ name: 'bun', title: 'Bun', binary: programOf('bun', 'bin/bun.exe'), args: ['run'] })

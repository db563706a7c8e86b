import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSuite } from '../bundle.mjs'
import { everything, readResult, runProgram, startProgram } from './runtime.mjs'

const taskFile = fileURLToPath(new URL('hosted/run-task.mjs', import.meta.url))
const serverFile = fileURLToPath(new URL('hosted/serve.mjs', import.meta.url))

/** Node by its major version: the one that runs this, where it is of that version, else the one that npm has installed. */
function binaryOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  return fileURLToPath(new URL(`../node_modules/node${major}/bin/node`, import.meta.url))
}

/**
 * @param {number} major
 * @param {'esm' | 'cjs'} format how the packages are loaded: by import or require
 * @returns {import('./runtime.mjs').Runtime}
 */
function node(major, format) {
  const binary = binaryOf(major)
  const isCommonJs = format === 'cjs'
  return {
    name: `node${major}${isCommonJs ? '-cjs' : ''}`,
    title: `Node ${major}${isCommonJs ? ', require()' : ''}`,
    capabilities: everything,
    available: async () => existsSync(binary) || `no Node ${major}: pnpm install brings it on Linux x64`,
    version: async () => (await runProgram(binary, ['--version'])).trim().slice(1),
    run: async (task) => {
      await buildSuite()
      return readResult(await runProgram(binary, [taskFile, format], { input: JSON.stringify(task) }))
    },
    ...(isCommonJs
      ? {}
      : {
          serve: async ({ keys }) => {
            await buildSuite()
            return startProgram(binary, [serverFile], JSON.stringify({ keys }))
          },
        }),
  }
}

/** Every version of Node that is supported, and the CommonJS build on the oldest. */
export const nodes = [node(20, 'esm'), node(20, 'cjs'), node(22, 'esm'), node(24, 'esm'), node(26, 'esm')]

// Runs in Node, Deno and Bun: reads a task, prints its result.
import process from 'node:process'
import { readInput } from './read-input.mjs'

/** The suite as the runtime is to load it: by import, or by require. */
const { runTask } =
  process.argv[2] === 'cjs'
    ? (await import('node:module')).createRequire(import.meta.url)('../../dist/suite.cjs')
    : await import('../../dist/suite.mjs')

const result = await runTask(JSON.parse(await readInput()))
console.log(JSON.stringify({ result }))

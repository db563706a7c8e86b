import { existsSync } from 'node:fs'
import { bun, deno } from './engines/deno-bun.mjs'
import { edge } from './engines/edge.mjs'
import { hermes } from './engines/hermes.mjs'
import { jsc } from './engines/jsc.mjs'
import { nodes } from './engines/node.mjs'
import { quickJsEngines } from './engines/quickjs.mjs'
import { workerd } from './engines/workerd.mjs'

const browsersFile = new URL('browsers/index.mjs', import.meta.url)
const { browsers } = existsSync(browsersFile) ? await import(browsersFile.href) : { browsers: [] }

/** Every runtime that the suite runs on. @type {readonly import('./engines/runtime.mjs').Runtime[]} */
export const runtimes = [...nodes, deno, bun, workerd, edge, ...browsers, ...quickJsEngines, jsc, hermes]

/**
 * The runtimes with these names.
 *
 * @param {string | undefined} names separated by commas; all where it is absent
 */
export function chooseRuntimes(names) {
  if (names === undefined) return runtimes
  return names.split(',').map((name) => {
    const found = runtimes.find((runtime) => runtime.name === name)
    if (found !== undefined) return found
    throw new Error(`there is no runtime "${name}": take ${runtimes.map((runtime) => runtime.name).join(', ')}`)
  })
}

/**
 * Sorts out what is not installed. It is said aloud, and on CI it is a failure.
 *
 * @param {readonly import('./engines/runtime.mjs').Runtime[]} chosen
 * @returns {Promise<{ present: readonly import('./engines/runtime.mjs').Runtime[], absent: readonly { name: string, reason: string }[] }>}
 */
export async function sortByPresence(chosen) {
  const present = []
  const absent = []
  for (const runtime of chosen) {
    const answer = await runtime.available()
    if (answer === true) present.push(runtime)
    else absent.push({ name: runtime.name, reason: answer })
  }
  for (const { name, reason } of absent) console.error(`absent: ${name} (${reason})`)
  return { present, absent }
}

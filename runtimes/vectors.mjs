import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../packages/vectors/vectors/', import.meta.url)

/**
 * The shared test vectors with their keys, to be put into a task.
 *
 * @returns {import('./suite/task.ts').Vectors}
 */
export function loadVectors() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'keys.json')
  return { keys: readJson('keys.json').keys, files: names.sort().map(readJson) }
}

/** @param {string} name */
function readJson(name) {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
}

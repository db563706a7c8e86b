import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { exportsCode } from './manifest.mjs'

/** What starts a command where npm has put a link to it. */
const shebang = '#!/usr/bin/env node\n'

const builtIns = builtinModules.filter((name) => !name.startsWith('_')).join('|')
const shortBuiltIn = new RegExp(`(?:\\bfrom\\s*|\\bimport\\s*\\(?\\s*|\\brequire\\()["'](${builtIns})["']`)

/**
 * Looks into the files of a package: commands that start, source maps that lead somewhere, and imports that every
 * runtime understands.
 *
 * @param {Pick<import('./pack.mjs').Packed, 'folder' | 'files' | 'manifest'>} packed
 * @returns {string[]} one sentence for each problem
 */
export function contentProblems({ folder, files, manifest }) {
  const read = (/** @type {string} */ file) => readFileSync(join(folder, file), 'utf8')
  const commands = Object.values(manifest.bin ?? {}).map((target) => posix.normalize(target))
  return [
    ...commands
      .filter((file) => files.includes(file) && !read(file).startsWith(shebang))
      .map((file) => `${file} is a command, and does not begin with ${shebang.trim()}`),
    ...files.filter((file) => /^dist\/.*\.map$/.test(file)).flatMap((file) => mapProblems(file, read(file), files)),
    ...(exportsCode(manifest) ? files.filter((file) => /^dist\/.*\.[cm]?js$/.test(file)) : []).flatMap((file) =>
      importProblems(file, read(file)),
    ),
  ]
}

/**
 * @param {string} file the path of a source map
 * @param {string} text
 * @param {readonly string[]} files
 * @returns {string[]}
 */
function mapProblems(file, text, files) {
  const { sources = [], sourcesContent = [] } = JSON.parse(text)
  const known = new Set(files)
  return sources.flatMap((/** @type {string} */ source, /** @type {number} */ index) => {
    if (/^(?:[a-z]+:|[\\/])/i.test(source)) return [`${file} names ${source}, a place on one machine`]
    const inside = known.has(posix.join(posix.dirname(file), source))
    return inside || typeof sourcesContent[index] === 'string'
      ? []
      : [`${file} names ${source}, which is not in the package, and does not have its text either`]
  })
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {string[]}
 */
function importProblems(file, text) {
  const name = shortBuiltIn.exec(text)?.[1]
  return name === undefined ? [] : [`${file} imports "${name}": Deno and Workers know it as "node:${name}" alone`]
}

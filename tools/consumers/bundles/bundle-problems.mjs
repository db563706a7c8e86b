import { builtinModules } from 'node:module'
import { kibibytes } from '../../packages/size-limits.mjs'

/**
 * A file of a bundle, with the modules that its source map names, where it has one.
 *
 * @typedef {{ name: string, text: string, sources: readonly string[] | undefined }} BundleFile
 */

/**
 * The size of what a page imports.
 *
 * @typedef {object} Measured
 * @property {string} name of the path
 * @property {number} whole bytes of what is loaded at once, gzipped
 * @property {number} empty bytes of the same page without Countersign
 * @property {number} limit
 */

/** The packages whose code may be in a bundle. */
const ownPackages = ['@countersign/client', '@countersign/core', '@countersign/verifier', '@noble/hashes', 'uuid']

const builtIns = builtinModules.filter((name) => !name.startsWith('_')).join('|')
/** An import or require of a built-in, as it stands in minified code too. */
const builtInImport = new RegExp(
  `(?:\\bfrom|\\bimport|\\w*require\\w*)\\s*\\(?\\s*["'\`](?:node:)?(?:${builtIns})["'\`]`,
)
/** The one that is asked for at run time, where a runtime hands it out. */
const askedFor = /getBuiltinModule\?\.\(["'`]node:crypto["'`]\)/g
const builtInName = /["'`]node:[\w/]+["'`]/

/**
 * What a browser bundle must not have: built-in modules of Node, what bundlers put in their place, and foreign code.
 *
 * @param {readonly BundleFile[]} files
 * @param {readonly string[]} [framework] packages that are there beside our own
 * @returns {string[]} one sentence for each problem
 */
export function contentProblems(files, framework = []) {
  return files.flatMap(({ name, text, sources }) => {
    const rest = text.replaceAll(askedFor, '')
    const found = builtInImport.exec(rest) ?? builtInName.exec(rest)
    const foreign = (sources ?? []).filter((source) => isForeign(source, framework))
    return [
      ...(found ? [`${name} names a built-in module of Node: ${found[0]}`] : []),
      ...(sources === undefined ? [`${name} has no source map that says what is in it`] : []),
      ...(foreign.length > 0 ? [`${name} holds what nobody asked for: ${foreign.slice(0, 3).join(', ')}`] : []),
    ]
  })
}

/**
 * @param {string} source a path in a source map
 * @param {readonly string[]} framework
 * @returns {boolean}
 */
function isForeign(source, framework) {
  if (source.includes('browser-external')) return true
  const inside = source.split('node_modules/').at(-1) ?? ''
  // A page's own modules, and what a bundler writes itself.
  if (inside === source) return false
  return ![...ownPackages, ...framework].some((name) => inside.startsWith(`${name}/`))
}

/**
 * @param {Measured} measured
 * @returns {string[]} one sentence, when the path is too large
 */
export function sizeProblems({ name, whole, empty, limit }) {
  const added = whole - empty
  if (added <= limit) return []
  return [`${name}: ${kibibytes(added)} is over the limit of ${kibibytes(limit)}`]
}

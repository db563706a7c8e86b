import { moduleImports, resolveImport } from './source/module-imports.mjs'
import { isSource } from './source/places.mjs'

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */
/** @typedef {ReadonlyMap<string, ReadonlyMap<string, number>>} Graph each file's imports, with their lines */

/**
 * Finds files that import each other in a circle, type-only imports included.
 * A circle is reported once, at the import in its alphabetically first file.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function cycleViolations(files) {
  const graph = importGraph(files)
  return [...graph].flatMap(([path, imports]) =>
    [...imports].flatMap(([target, line]) => {
      const way = shortestWay(graph, target, path)
      if (!way) return []
      return [{ path, line, rule: 'import-cycle', advice: `break this circle: ${[path, ...way].join(' -> ')}` }]
    }),
  )
}

/**
 * @param {readonly TreeFile[]} files
 * @returns {Graph}
 */
function importGraph(files) {
  const sources = files.filter((file) => isSource(file.path))
  const known = new Set(sources.map((file) => file.path))
  return new Map(sources.map((file) => [file.path, importedFiles(file, known)]))
}

/**
 * @param {TreeFile} file
 * @param {ReadonlySet<string>} known
 * @returns {Map<string, number>} path to the line of its first import
 */
function importedFiles(file, known) {
  /** @type {Map<string, number>} */
  const imports = new Map()
  for (const { specifier, line } of moduleImports(file)) {
    const target = specifier && resolveImport(file.path, specifier, known)
    if (target && known.has(target) && !imports.has(target)) imports.set(target, line)
  }
  return imports
}

/**
 * @param {Graph} graph
 * @param {string} start
 * @param {string} goal no file on the way comes before it in the alphabet, so that no circle is found twice
 * @returns {string[] | undefined} from start to goal
 */
function shortestWay(graph, start, goal) {
  if (start < goal) return undefined
  const ways = new Map([[start, [start]]])
  for (const [path, way] of ways) {
    if (path === goal) return way
    for (const next of graph.get(path)?.keys() ?? []) {
      if (next >= goal && !ways.has(next)) ways.set(next, [...way, next])
    }
  }
  return undefined
}

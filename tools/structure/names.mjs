import ts from 'typescript'
import { parse } from './source/parse.mjs'
import { isSource, isTest, isTool } from './source/places.mjs'

/** Names that say nothing about what is inside. */
const emptyNames = new Set([
  ...['utils', 'util', 'helpers', 'helper', 'data', 'process', 'manager'],
  ...['common', 'misc', 'lib', 'shared'],
])

const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/**
 * Checks the names of files and folders, and that names are exported one by one.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function nameViolations(files) {
  const named = files.filter(({ path }) => isSource(path) || isTest(path) || isTool(path)).map((file) => file.path)
  const folders = new Set(named.flatMap(foldersOf))
  return [
    ...[...folders].flatMap((path) => refuseName(path, path.slice(path.lastIndexOf('/') + 1))),
    ...named.flatMap((path) => refuseName(path, stemOf(path))),
    ...files.filter((file) => isSource(file.path)).flatMap(barrelViolations),
  ]
}

/**
 * @param {string} path
 * @returns {string[]} every folder on the way to a file
 */
function foldersOf(path) {
  const names = path.split('/').slice(0, -1)
  return names.map((_name, index) => names.slice(0, index + 1).join('/'))
}

/**
 * @param {string} path
 * @returns {string} the name of a file without what marks its kind
 */
function stemOf(path) {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/(?:\.d)?\.[a-z]+$/, '')
  return isTest(path) ? name.replace(/\.test$/, '') : name
}

/**
 * @param {string} path
 * @param {string} name
 * @returns {Violation[]}
 */
function refuseName(path, name) {
  if (emptyNames.has(name)) {
    return [{ path, line: 1, rule: 'empty-name', advice: `"${name}" says nothing: name what is inside` }]
  }
  if (kebabCase.test(name)) return []
  return [
    { path, line: 1, rule: 'kebab-case', advice: `write "${name}" in lower case, with hyphens between the words` },
  ]
}

/**
 * @param {TreeFile} file
 * @returns {Violation[]}
 */
function barrelViolations(file) {
  const { nodes, lineOf } = parse(file)
  return nodes
    .filter((node) => ts.isExportDeclaration(node) && !node.exportClause)
    .map((node) => {
      return {
        path: file.path,
        line: lineOf(node),
        rule: 'export-all',
        advice: 'export each name, or let users import it',
      }
    })
}

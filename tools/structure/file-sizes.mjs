import { posix } from 'node:path'
import ts from 'typescript'
import { parse } from './source/parse.mjs'
import { isSource, isTool } from './source/places.mjs'

/** Lines of a source file: more than the first number is a note, more than the second a violation. */
const fileLines = { note: 250, limit: 400 }

/** Lines of a function's body, from the line of its opening brace to that of its closing one. */
const functionLines = 40

/** Positional parameters of a function. A last parameter for options (named so, or destructured) is not counted. */
const parameterCount = 3

/** Source files directly in one folder. */
const folderFiles = 10

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/**
 * Checks the lengths of files and functions, the parameters of functions and the number of files in a folder.
 * Tests are left out: one `describe` may be as long as its subject.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function sizeViolations(files) {
  const checked = files.filter((file) => isSource(file.path) || isTool(file.path))
  return [
    ...checked.flatMap(lengthFindings),
    ...checked.flatMap(functionViolations),
    ...folderViolations(checked.map((file) => file.path)),
  ]
}

/**
 * @param {TreeFile} file
 * @returns {Violation[]}
 */
function lengthFindings({ path, text }) {
  const lines = text.replace(/\n$/, '').split('\n').length
  if (lines <= fileLines.note) return []
  const advice = `${lines} lines: split it by subject, ${fileLines.note} is the aim and ${fileLines.limit} the limit`
  return [{ path, line: 1, rule: 'file-lines', advice, ...(lines > fileLines.limit ? {} : { note: true }) }]
}

/**
 * @param {TreeFile} file
 * @returns {Violation[]}
 */
function functionViolations(file) {
  const { nodes, lineOf, lastLineOf } = parse(file)
  return nodes.flatMap((node) => {
    const body = ts.isFunctionLike(node) ? /** @type {{ body?: ts.Node }} */ (node).body : undefined
    if (!ts.isFunctionLike(node) || !body) return []
    const place = { path: file.path, line: lineOf(node) }
    const lines = lastLineOf(body) - lineOf(body) + 1
    const positional = positionalParameters(node)
    /** @type {Violation[]} */
    const violations = []
    if (lines > functionLines) {
      const advice = `a body of ${lines} lines: name its parts, ${functionLines} is the limit`
      violations.push({ ...place, rule: 'function-lines', advice })
    }
    if (positional > parameterCount) {
      const advice = `${positional} positional parameters: take an options object after ${parameterCount}`
      violations.push({ ...place, rule: 'parameter-count', advice })
    }
    return violations
  })
}

/**
 * @param {ts.SignatureDeclaration} node
 * @returns {number}
 */
function positionalParameters(node) {
  const parameters = node.parameters.filter((parameter) => parameter.name.getText() !== 'this')
  const last = parameters.at(-1)?.name
  const options = last && (ts.isObjectBindingPattern(last) || /^options$|Options$/.test(last.getText()))
  return parameters.length - (options ? 1 : 0)
}

/**
 * @param {readonly string[]} paths
 * @returns {Violation[]}
 */
function folderViolations(paths) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const folder of paths.map((path) => posix.dirname(path))) counts.set(folder, (counts.get(folder) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > folderFiles)
    .map(([path, count]) => {
      const advice = `${count} source files: group them into folders, ${folderFiles} is the limit`
      return { path, line: 1, rule: 'folder-files', advice }
    })
}

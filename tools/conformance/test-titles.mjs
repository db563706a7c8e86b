import ts from 'typescript'
import { literalText, parse } from '../structure/source/parse.mjs'

/**
 * What a test file says that it shows.
 *
 * @typedef {object} TestTitles
 * @property {readonly string[]} titles of `test`, `it` and `describe`
 * @property {ReadonlySet<string>} rows the texts in the tables of `.each`
 */

const declarators = new Set(['test', 'it', 'describe'])

/** What keeps a test from running, or from having to succeed. */
const inert = new Set(['skip', 'skipIf', 'runIf', 'todo', 'fails'])

/**
 * Finds the titles and table rows of the tests in a file. Those that do not run prove nothing, and are left out, as
 * is whatever stands in a comment.
 *
 * @param {{ path: string, text: string }} file
 * @returns {TestTitles}
 */
export function testTitles(file) {
  const { sourceFile } = parse({ ...file, tracked: true })
  const tables = declaredTables(sourceFile)
  /** @type {string[]} */
  const titles = []
  /** @type {Set<string>} */
  const rows = new Set()
  const visit = (/** @type {ts.Node} */ node) => {
    const call = ts.isCallExpression(node) ? testCall(node) : undefined
    if (call?.inert) return
    if (call?.title !== undefined) titles.push(call.title)
    for (const table of call?.tables ?? []) for (const text of textsIn(table, tables)) rows.add(text)
    ts.forEachChild(node, visit)
  }
  visit(sourceFile)
  return { titles, rows }
}

/**
 * Takes `it('title', ...)` and `describe.each(table)('title', ...)` apart.
 *
 * @param {ts.CallExpression} node
 * @returns {{ title: string | undefined, tables: readonly ts.Node[], inert: boolean } | undefined}
 */
function testCall(node) {
  /** @type {ts.Node[]} */
  const tables = []
  /** @type {string[]} */
  const names = []
  let callee = node.expression
  while (!ts.isIdentifier(callee)) {
    if (ts.isPropertyAccessExpression(callee)) names.push(callee.name.text)
    else if (ts.isCallExpression(callee)) tables.push(...callee.arguments)
    else return undefined
    callee = callee.expression
  }
  if (!declarators.has(callee.text)) return undefined
  // `it.each(table)` alone is the inner half of a call that is seen as a whole.
  const title = ts.isCallExpression(node.parent) && node.parent.expression === node ? undefined : titleOf(node)
  return { title, tables: title === undefined ? [] : tables, inert: names.some((name) => inert.has(name)) }
}

/**
 * @param {ts.CallExpression} node
 * @returns {string | undefined} a title that is put together at run time keeps its first piece
 */
function titleOf(node) {
  const [title] = node.arguments
  return title && ts.isTemplateExpression(title) ? title.head.text : literalText(title)
}

/**
 * @param {ts.SourceFile} sourceFile
 * @returns {ReadonlyMap<string, ts.Expression>} the variables of the file, by name
 */
function declaredTables(sourceFile) {
  /** @type {Map<string, ts.Expression>} */
  const tables = new Map()
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      tables.set(node.name.text, node.initializer)
    }
    ts.forEachChild(node, visit)
  }
  visit(sourceFile)
  return tables
}

/**
 * The texts in a table, which may stand in a variable of the file.
 *
 * @param {ts.Node} table
 * @param {ReadonlyMap<string, ts.Expression>} declared
 * @returns {string[]}
 */
function textsIn(table, declared) {
  /** @type {string[]} */
  const texts = []
  const seen = new Set()
  const visit = (/** @type {ts.Node} */ node) => {
    const text = literalText(node)
    if (text !== undefined) texts.push(text)
    const variable = ts.isIdentifier(node) ? declared.get(node.text) : undefined
    if (variable && !seen.has(variable)) {
      seen.add(variable)
      visit(variable)
    }
    ts.forEachChild(node, visit)
  }
  visit(table)
  return texts
}

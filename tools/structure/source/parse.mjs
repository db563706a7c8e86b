import ts from 'typescript'

/**
 * A parsed file: its tree, all nodes in the order of the text, and the line of a node.
 *
 * @typedef {object} Syntax
 * @property {ts.SourceFile} sourceFile
 * @property {readonly ts.Node[]} nodes
 * @property {(node: ts.Node) => number} lineOf the line where a node starts, counted from 1
 * @property {(node: ts.Node) => number} lastLineOf the line where a node ends, counted from 1
 */

/** Each file is parsed once, though several rules read it. */
const parsed = /** @type {WeakMap<object, Syntax>} */ (new WeakMap())

/**
 * Parses one file.
 *
 * @param {import('./read-tree.mjs').TreeFile} file
 * @returns {Syntax}
 */
export function parse(file) {
  const known = parsed.get(file)
  if (known) return known
  const sourceFile = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true)
  /** @type {ts.Node[]} */
  const nodes = []
  const collect = (/** @type {ts.Node} */ node) => {
    nodes.push(node)
    ts.forEachChild(node, collect)
  }
  collect(sourceFile)
  const line = (/** @type {number} */ position) => sourceFile.getLineAndCharacterOfPosition(position).line + 1
  const syntax = {
    sourceFile,
    nodes,
    lineOf: (/** @type {ts.Node} */ node) => line(node.getStart(sourceFile)),
    lastLineOf: (/** @type {ts.Node} */ node) => line(node.getEnd()),
  }
  parsed.set(file, syntax)
  return syntax
}

/**
 * The text of a string literal.
 *
 * @param {ts.Node | undefined} node
 * @returns {string | undefined} undefined when the node is not a literal
 */
export function literalText(node) {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}

/**
 * The name in `object.name` and `object['name']`.
 *
 * @param {ts.Node} node
 * @returns {{ object: ts.Expression, name: string } | undefined} undefined when the node is not such an access
 */
export function memberAccess(node) {
  if (ts.isPropertyAccessExpression(node)) return { object: node.expression, name: node.name.text }
  if (!ts.isElementAccessExpression(node)) return undefined
  const name = literalText(node.argumentExpression)
  return name === undefined ? undefined : { object: node.expression, name }
}

import ts from 'typescript'
import { memberAccess, parse } from './source/parse.mjs'
import { isTest } from './source/places.mjs'

/** What the line above a skipped test begins with. */
const reason = '// skipped'

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/**
 * Checks that no test is left out unnoticed, and that none asserts nothing.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function testViolations(files) {
  return files
    .filter((file) => isTest(file.path))
    .flatMap((file) => {
      const { nodes, sourceFile } = parse(file)
      const lines = file.text.split('\n')
      return nodes.flatMap((node) => {
        // In a chain over several lines, the line of the last name counts.
        const named = ts.isPropertyAccessExpression(node) ? node.name : node
        const line = sourceFile.getLineAndCharacterOfPosition(named.getStart(sourceFile)).line + 1
        const refusal = refuse(node, lines[line - 2] ?? '')
        return refusal ? [{ path: file.path, line, ...refusal }] : []
      })
    })
}

/**
 * @param {ts.Node} node
 * @param {string} lineAbove
 * @returns {{ rule: string, advice: string } | undefined}
 */
function refuse(node, lineAbove) {
  const name = memberAccess(node)?.name
  if (name === 'only') return { rule: 'test-only', advice: 'remove .only, so that all tests run' }
  if (name === 'todo') return { rule: 'test-todo', advice: 'write the test, or remove .todo' }
  if (name === 'skip' || name === 'skipIf') {
    const advice = `say why on the line above, in a comment that begins with "${reason}"`
    return lineAbove.trim().startsWith(reason) ? undefined : { rule: 'test-skip', advice }
  }
  return assertsTrue(node) ? { rule: 'expect-true', advice: 'assert a result of the code under test' } : undefined
}

/**
 * @param {ts.Node} node
 * @returns {boolean} whether the node is `expect(true)`
 */
function assertsTrue(node) {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'expect') return false
  return node.arguments[0]?.kind === ts.SyntaxKind.TrueKeyword
}

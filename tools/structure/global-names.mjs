import ts from 'typescript'
import { nodeFiles } from './import-rules.mjs'
import { memberAccess, parse } from './source/parse.mjs'
import { fits, isSource } from './source/places.mjs'
import { globalName, isDefaultValue } from './source/scope.mjs'

/** Globals that only Node has, or that hide it. */
const nodeGlobals = new Set(['Buffer', 'process', 'require', '__dirname', '__filename'])

/** Where randomness may be drawn without being passed in. */
const randomFiles = 'packages/core/src/crypto/**'

const refusals = {
  'node-global': 'only the files that may import node: read it',
  clock: 'take the clock as a parameter; `= Date.now` and `?? Date.now` are its only defaults, and are not called',
  'math-random': 'it can be guessed: take random bytes as a parameter',
  random: `take it as a parameter; it may be a default (\`?? value\`, \`const defaultRandom\`), or stand in ${randomFiles}`,
  fetch: 'take fetch as a parameter; it may be called in a default (`?? value`, `const defaultFetch`)',
}

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/**
 * Checks that the sources run on any runtime, and that the world (clock, randomness, network) comes in as parameters.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function globalViolations(files) {
  return files
    .filter((file) => isSource(file.path))
    .flatMap((file) => {
      const { path } = file
      const { nodes, lineOf } = parse(file)
      return nodes.flatMap((node) => {
        const rule = brokenRule(node, path)
        return rule ? [{ path, line: lineOf(node), rule, advice: refusals[rule] }] : []
      })
    })
}

/**
 * @param {ts.Node} node
 * @param {string} path
 * @returns {keyof typeof refusals | undefined}
 */
function brokenRule(node, path) {
  if (nodeGlobals.has(globalName(node) ?? ''))
    return nodeFiles.some((pattern) => fits(path, pattern)) ? undefined : 'node-global'
  const member = globalMember(node)
  if (member === 'Date.now') return isDefaultValue(node) ? undefined : 'clock'
  if (ts.isNewExpression(node) && node.arguments?.length === 0 && globalName(node.expression) === 'Date') return 'clock'
  if (member === 'Math.random') return 'math-random'
  if (member === 'crypto.getRandomValues' || member === 'crypto.randomUUID') {
    return fits(path, randomFiles) || isWithinDefault(node) ? undefined : 'random'
  }
  const calls = ts.isCallExpression(node) && globalName(node.expression) === 'fetch'
  return calls && !isWithinDefault(node) ? 'fetch' : undefined
}

/**
 * @param {ts.Node} node
 * @returns {string | undefined} `object.name` when the node reads a member of a global object
 */
function globalMember(node) {
  const member = memberAccess(node)
  const object = member && globalName(member.object)
  return object && `${object}.${member.name}`
}

/**
 * @param {ts.Node} node
 * @returns {boolean} whether the node is, or is in, a default value
 */
function isWithinDefault(node) {
  for (let at = node; !ts.isSourceFile(at); at = at.parent) {
    if (isDefaultValue(at)) return true
  }
  return false
}

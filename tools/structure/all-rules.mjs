import { syntaxViolations } from './banned-syntax.mjs'
import { sizeViolations } from './file-sizes.mjs'
import { globalViolations } from './global-names.mjs'
import { cycleViolations } from './import-cycles.mjs'
import { importViolations } from './import-rules.mjs'
import { nameViolations } from './names.mjs'
import { testViolations } from './test-rules.mjs'
import { textViolations } from './tracked-text.mjs'

/**
 * What a rule found. A note is printed and does not fail the check.
 *
 * @typedef {object} Violation
 * @property {string} path relative to the root, with forward slashes
 * @property {number} line counted from 1
 * @property {string} rule
 * @property {string} advice what to do
 * @property {true} [note]
 */

/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/** @type {readonly ((files: readonly TreeFile[]) => Violation[])[]} */
const rules = [
  importViolations,
  cycleViolations,
  globalViolations,
  syntaxViolations,
  sizeViolations,
  nameViolations,
  testViolations,
  textViolations,
]

/**
 * Runs every rule, and sorts what they found by path and line.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function checkStructure(files) {
  return rules.flatMap((rule) => rule(files)).sort(byPlace)
}

/**
 * @param {Violation} left
 * @param {Violation} right
 * @returns {number}
 */
function byPlace(left, right) {
  if (left.path !== right.path) return left.path < right.path ? -1 : 1
  return left.line - right.line || (left.rule < right.rule ? -1 : Number(left.rule > right.rule))
}

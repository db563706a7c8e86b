import { existsSync } from 'node:fs'
import { posix } from 'node:path'

/** How many attacks the catalogue has. Whoever drops a row has to say so here too. */
export const attackCount = 111

const levels = new Set(['P', 'K', 'U'])

/** @typedef {{ line: number, text: string }} Problem */

/**
 * Checks the tables of the threat model: each attack has one row, with a level and places that exist.
 *
 * @param {string} page
 * @param {string} folder holds the page
 * @returns {readonly Problem[]}
 */
export function checkPage(page, folder) {
  /** @type {Problem[]} */
  const problems = []
  /** @type {Map<number, number>} */
  const lines = new Map()
  for (const [index, content] of page.split('\n').entries()) {
    const line = index + 1
    for (const target of linkTargets(content)) {
      if (!existsSync(posix.join(folder, target))) problems.push({ line, text: `there is no file ${target}` })
    }
    const cells = /^\| (\d+) \|(.*)\|$/.exec(content)
    if (!cells) continue
    const [, number = '', rest = ''] = cells
    const attack = Number(number)
    const [level = '', what = '', by = '', tests = ''] = rest.split('|').map((cell) => cell.trim())
    const earlier = lines.get(attack)
    if (earlier !== undefined) problems.push({ line, text: `attack ${attack} has a row already, in line ${earlier}` })
    if (!levels.has(level)) problems.push({ line, text: `attack ${attack}: the level "${level}" is not P, K or U` })
    if (what === '' || by === '') problems.push({ line, text: `attack ${attack}: say what it does, and what stops it` })
    if (tests === '') problems.push({ line, text: `attack ${attack}: name its tests (--update does it)` })
    lines.set(attack, line)
  }
  for (const attack of allAttacks()) {
    if (!lines.has(attack)) problems.push({ line: 1, text: `attack ${attack} has no row` })
  }
  return problems
}

/**
 * @param {string} content
 * @returns {readonly string[]} what it links to within the repository
 */
function linkTargets(content) {
  return [...content.matchAll(/\]\(([^()\s#]+)[^()\s]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** @returns {readonly number[]} */
export function allAttacks() {
  return Array.from({ length: attackCount }, (_, index) => index + 1)
}

/**
 * Which attacks the title of a test names: "attack 4", "attacks 68, 70 and 71", "attacks 72 to 74".
 *
 * @param {string} title
 * @returns {readonly number[]}
 */
export function attacksIn(title) {
  return [...title.matchAll(/\battacks? (\d+(?:(?:, | and | to )(?:attack )?\d+)*)/g)].flatMap(([, list = '']) =>
    list.split(/, | and /).flatMap((piece) => {
      const [from = 0, to = from] = piece.split(' to ').map((text) => Number(text.replace('attack ', '')))
      return Array.from({ length: to - from + 1 }, (_, index) => from + index)
    }),
  )
}

/** @typedef {{ name: string, assertionResults: readonly { status: string, fullName: string }[] }} FileResults */

/**
 * The test files in which a test of each attack has passed.
 *
 * @param {{ testResults: readonly FileResults[] }} results of `vitest --reporter=json`
 * @returns {ReadonlyMap<number, readonly string[]>} absolute paths, in order
 */
export function testedIn(results) {
  /** @type {Map<number, Set<string>>} */
  const files = new Map()
  for (const { name, assertionResults } of results.testResults) {
    // The tests of the tools name attacks too, and are none.
    if (!/\/(?:packages|examples|runtimes)\//.test(name)) continue
    for (const { status, fullName } of assertionResults) {
      if (status !== 'passed') continue
      for (const attack of attacksIn(fullName)) files.set(attack, (files.get(attack) ?? new Set()).add(name))
    }
  }
  return new Map([...files].map(([attack, names]) => [attack, [...names].sort()]))
}

/**
 * Writes into each row which test files show it.
 *
 * @param {string} page
 * @param {string} folder holds the page
 * @param {ReadonlyMap<number, readonly string[]>} files
 * @returns {string}
 */
export function withTests(page, folder, files) {
  return page.replace(/^(\| (\d+) \|[^|]*\|[^|]*\|[^|]*\|).*$/gm, (_row, kept, attack) => {
    const links = (files.get(Number(attack)) ?? []).map((file) => {
      const target = posix.relative(folder, file)
      return `[${posix.basename(target).replace(/\.test\.m?[jt]s$/, '')}](${target})`
    })
    return `${kept} ${links.join(', ')} |`
  })
}

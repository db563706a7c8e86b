import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { testTitles } from './test-titles.mjs'

/** The key words of RFC 2119, each as it stands in the text of an RFC. */
const keyWords = ['MUST', 'MUST NOT', 'REQUIRED', 'SHALL', 'SHALL NOT', 'SHOULD', 'SHOULD NOT']
const recommendations = ['RECOMMENDED', 'NOT RECOMMENDED']

/** A step of an algorithm that a MUST binds to as a whole, and a definition without a key word. */
const otherLevels = ['step', 'defined']

const levels = new Set([...keyWords, ...recommendations, ...otherLevels])
const parties = new Set(['signer', 'verifier', 'both'])

/** A piece of a title that is shorter says too little to tell one test from another. */
const shortestFragment = 8

/**
 * How many rows a section has: with a key word, and others.
 *
 * @typedef {readonly [keyWords: number, others: number]} RowCount
 */

/** @typedef {{ line: number, text: string }} Problem */

/**
 * @typedef {object} Requirement
 * @property {number} line counted from 1
 * @property {string} id
 * @property {string} section as in the id, with the RFC before it where that is not RFC 9421
 * @property {string} level
 * @property {readonly { fragment: string, target: string }[]} proofs
 */

/**
 * Reads the rows of the page, and says what is wrong with their form.
 *
 * @param {string} page
 * @returns {{ requirements: readonly Requirement[], problems: readonly Problem[] }}
 */
export function readRequirements(page) {
  /** @type {Requirement[]} */
  const requirements = []
  /** @type {Problem[]} */
  const problems = []
  let rfc = ''
  let heading = ''
  for (const [index, content] of page.split('\n').entries()) {
    const line = index + 1
    rfc = /^## RFC (\d+)/.exec(content)?.[1] ?? (content.startsWith('## ') ? '' : rfc)
    heading = /^### ([\dA-Z.]+) /.exec(content)?.[1] ?? (content.startsWith('## ') ? '' : heading)
    if (rfc === '' || heading === '' || !/^\|(?! id \||-)/.test(content)) continue
    const { requirement, mistakes } = readRow(content, line, `${rfc === '9421' ? '' : `${rfc}:`}${heading}`)
    if (requirement) requirements.push(requirement)
    problems.push(...mistakes.map((text) => ({ line, text })))
  }
  return { requirements, problems }
}

/**
 * @param {string} content
 * @param {number} line
 * @param {string} heading the section that the row stands in, as ids begin
 * @returns {{ requirement?: Requirement, mistakes: readonly string[] }}
 */
function readRow(content, line, heading) {
  const cells = content
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
  if (cells.length !== 6)
    return { mistakes: [`a row has 6 cells: id, level, who, requirement, how, proof; not ${cells.length}`] }
  const [id, level, who, requirement, how, proof] = /** @type {[string, string, string, string, string, string]} */ (
    cells
  )
  const section = /^(.+)-\d+$/.exec(id)?.[1] ?? ''
  const proofs = [...proof.matchAll(/\[(.+?)\]\(([^()\s]+)\)/g)].map(([, fragment = '', target = '']) => ({
    fragment,
    target,
  }))
  const mistakes = [
    ...(section === heading || section.startsWith(`${heading}.`)
      ? []
      : [`the id ${id} does not begin with ${heading}`]),
    ...(levels.has(level) ? [] : [`${id}: the level "${level}" is none of ${[...levels].join(', ')}`]),
    ...(parties.has(who) ? [] : [`${id}: "${who}" is none of ${[...parties].join(', ')}`]),
    ...(requirement === '' || how === '' ? [`${id}: say what is required, and how it is met`] : []),
    ...(proofs.length === 0 ? [`${id}: no test proves it`] : []),
  ]
  return { requirement: { line, id, section, level, proofs }, mistakes }
}

/**
 * Checks the rows against each other, against the number that each section must have, and against the tests.
 *
 * @param {readonly Requirement[]} requirements
 * @param {{ expected: Readonly<Record<string, RowCount>>, folder: string }} context `folder` holds the page
 * @returns {readonly Problem[]}
 */
export function checkRequirements(requirements, { expected, folder }) {
  const places = new Map(requirements.map(({ id, line }) => [id, line]))
  const repeated = requirements.filter(({ id, line }) => places.get(id) !== line)
  /** @type {Map<string, ReturnType<typeof testTitles>>} */
  const known = new Map()
  return [
    ...repeated.map(({ id, line }) => ({ line, text: `the id ${id} is used again in line ${places.get(id)}` })),
    ...requirements.flatMap(({ line, id, proofs }) =>
      proofs
        .map((proof) => refuseProof(proof, folder, known))
        .filter((refusal) => refusal !== undefined)
        .map((refusal) => ({ line, text: `${id}: ${refusal}` })),
    ),
    ...countProblems(requirements, expected),
  ]
}

/**
 * @param {Requirement['proofs'][number]} proof
 * @param {string} folder
 * @param {Map<string, ReturnType<typeof testTitles>>} known files that were read before
 * @returns {string | undefined}
 */
function refuseProof({ fragment, target }, folder, known) {
  const path = posix.join(folder, target)
  if (!/\.test\.m?[jt]s$/.test(target)) return `${target} is no test file`
  if (!existsSync(path)) return `there is no file ${target}`
  const file = known.get(path) ?? testTitles({ path, text: readFileSync(path, 'utf8') })
  known.set(path, file)
  if (file.rows.has(fragment) || file.titles.includes(fragment)) return undefined
  if (fragment.length < shortestFragment) return `"${fragment}" is too short a piece of a title`
  if (file.titles.some((title) => title.includes(fragment))) return undefined
  return `no test that runs in ${target} has the title or row "${fragment}"`
}

/**
 * @param {readonly Requirement[]} requirements
 * @param {Readonly<Record<string, RowCount>>} expected
 * @returns {Problem[]}
 */
function countProblems(requirements, expected) {
  const sections = new Set([...Object.keys(expected), ...requirements.map(({ section }) => section)])
  return [...sections].flatMap((section) => {
    const rows = requirements.filter((requirement) => requirement.section === section)
    const others = rows.filter(({ level }) => otherLevels.includes(level)).length
    const [keyWordRows, otherRows] = expected[section] ?? [0, 0]
    if (rows.length - others === keyWordRows && others === otherRows) return []
    const line = rows[0]?.line ?? 1
    const needed = `${keyWordRows} rows with a key word and ${otherRows} others`
    return [{ line, text: `section ${section} needs ${needed}, and has ${rows.length - others} and ${others}` }]
  })
}

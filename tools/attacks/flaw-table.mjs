/**
 * What a test of examples/flawed writes down of its run, in the `meta` of its result.
 *
 * @typedef {object} ProbedFlaw
 * @property {string} name
 * @property {string} title
 * @property {string} group
 * @property {readonly number[]} attacks
 * @property {readonly string[]} caughtBy the cases that are about the flaw
 * @property {readonly string[]} findings the cases that found something
 *
 * @typedef {{ status: string, meta?: { probe?: ProbedFlaw } }} TestResult
 * @typedef {{ testResults: readonly { assertionResults: readonly TestResult[] }[] }} Results
 */

export const begin = '<!-- the table is written by tools/attacks/probe-table.mjs -->'
export const end = '<!-- end of the table -->'

/**
 * The flaws that the probe was tried on, in the order of the tests.
 *
 * @param {Results} results as the JSON reporter of vitest writes them
 * @returns {readonly ProbedFlaw[]}
 */
export function probedFlaws(results) {
  return results.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ status, meta }) => (status === 'passed' && meta?.probe !== undefined ? [meta.probe] : []))
}

/**
 * A row for each flaw. Of what found it, only the cases that are about it are named.
 *
 * @param {readonly ProbedFlaw[]} flaws
 * @returns {string} a table in Markdown
 */
export function tableOf(flaws) {
  const rows = flaws.map(({ name, title, group, attacks, caughtBy, findings }) => {
    const cases = caughtBy.filter((id) => findings.includes(id)).map((id) => `\`${id}\``)
    return [group, `\`${name}\``, title, attacks.join(', '), cases.join(', ')]
  })
  return [['Group', 'Server', 'What is wrong with it', 'Attack', 'Found by'], Array(5).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/**
 * Puts a table between the markers of a page.
 *
 * @param {string} page
 * @param {string} table
 * @returns {string | undefined} undefined for a page without markers
 */
export function withTable(page, table) {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) return undefined
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`
}

const backends = { node: '`node:crypto`', webcrypto: 'WebCrypto', noble: 'noble' }

const begin = '<!-- the results of the last run: UPDATE_RUNTIMES=1 npx vitest run --project runtimes -->'
const end = '<!-- end of the results -->'

const head = `| Runtime | Version | Cryptography | Ed25519 of its own | Passed | Skipped | Globals that are not there |
|---|---|---|---|---|---|---|`

/**
 * The row of the table in docs/runtimes.md.
 *
 * @param {import('../run-suite.mjs').Report} report
 */
export function rowOf({ title, version, tests, facts }) {
  const skipped = tests.filter(({ outcome }) => outcome === 'skipped')
  const reasons = [...new Set(skipped.map(({ reason }) => reason))].sort()
  const cells = [
    title,
    version,
    backends[facts.backend],
    facts.nativeEd25519 ? 'yes' : 'no',
    tests.filter(({ outcome }) => outcome === 'passed').length,
    skipped.length === 0 ? '0' : `${skipped.length}: ${reasons.join(', ')}`,
    facts.missingGlobals.map((name) => `\`${name}\``).join(' ') || '-',
  ]
  return `| ${cells.join(' | ')} |`
}

/**
 * Puts rows into the page. Runtimes that were not run keep the row that they have.
 *
 * @param {string} page
 * @param {readonly string[]} rows in the order of the table
 * @param {readonly string[]} titles of all runtimes
 */
export function withRows(page, rows, titles) {
  const known = new Map([...rowsOf(page), ...rows].map((row) => [titleOf(row), row]))
  const kept = titles.flatMap((title) => known.get(title) ?? [])
  const start = page.indexOf(begin)
  const stop = page.indexOf(end)
  if (start === -1 || stop === -1) throw new Error('docs/runtimes.md has lost the marks around its table')
  return `${page.slice(0, start)}${begin}\n\n${head}\n${kept.join('\n')}\n\n${page.slice(stop)}`
}

/** The rows that the page has. @param {string} page */
export function rowsOf(page) {
  const table = page.slice(page.indexOf(begin), page.indexOf(end))
  return table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Runtime'))
}

/** @param {string} row */
export function titleOf(row) {
  return row.split(' | ')[0].slice(2)
}

/**
 * What must not change from one machine to another: all but versions and counts.
 *
 * @param {string} row
 */
export function lastingPartOf(row) {
  const [title, , ...cells] = row.split(' | ')
  return [title, ...cells.map((cell) => cell.replace(/^\d+/, '#'))].join(' | ')
}

/** @typedef {{ ancestorTitles: readonly string[], title: string, status: string }} Case */
/** @typedef {{ testResults: readonly { assertionResults: readonly Case[] }[] }} Results */
/** @typedef {ReadonlyMap<string, ReadonlyMap<number, number>>} Matrix cases that passed, by adapter and attack */

/**
 * Counts the cases that ran against an adapter: those under `chapter: 'adapter'` that name an attack.
 *
 * @param {Results} results as the JSON reporter of vitest writes them
 * @returns {Matrix}
 */
export function matrixOf(results) {
  /** @type {Map<string, Map<number, number>>} */
  const matrix = new Map()
  for (const { ancestorTitles, title, status } of results.testResults.flatMap((file) => file.assertionResults)) {
    const adapter = /: '(.+)'$/.exec(ancestorTitles[0] ?? '')?.[1]
    const attack = /^attack (\d+):/.exec(title)?.[1]
    if (adapter === undefined || attack === undefined || status !== 'passed') continue
    const counts = matrix.get(adapter) ?? new Map()
    matrix.set(adapter, counts.set(Number(attack), (counts.get(Number(attack)) ?? 0) + 1))
  }
  return matrix
}

/**
 * @param {Matrix} matrix
 * @returns {string} a table in Markdown: a row for each attack, a column for each adapter
 */
export function tableOf(matrix) {
  const adapters = [...matrix.keys()]
  const attacks = [...new Set(adapters.flatMap((adapter) => [...(matrix.get(adapter)?.keys() ?? [])]))]
  const rows = attacks
    .sort((one, other) => one - other)
    .map((attack) => [attack, ...adapters.map((adapter) => matrix.get(adapter)?.get(attack) ?? '-')])
  const all = adapters.map((adapter) =>
    [...(matrix.get(adapter)?.values() ?? [])].reduce((sum, count) => sum + count, 0),
  )
  return [['Attack', ...adapters], ['---', ...adapters.map(() => '---')], ...rows, ['all', ...all]]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

import { kibibytes } from '../../packages/size-limits.mjs'

/**
 * The sizes of each path with each bundler, as lines of text: what Countersign adds, and the page without it.
 *
 * @param {readonly { name: string, sizes: readonly import('./bundle-problems.mjs').Measured[] }[]} bundlers
 * @returns {string}
 */
export function sizeTable(bundlers) {
  const [{ sizes: paths } = { sizes: [] }] = bundlers
  const rows = [
    ['gzipped', ...bundlers.map(({ name }) => name), 'limit'],
    ...paths.map(({ name, limit }) => [name, ...added(bundlers, name), kibibytes(limit)]),
    ['a page without it', ...bundlers.map(({ sizes }) => kibibytes(sizes[0]?.empty ?? 0)), ''],
  ]
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map(([name = '', ...figures]) =>
      [name.padEnd(widths[0] ?? 0), ...figures.map((figure, column) => figure.padStart(widths[column + 1] ?? 0))]
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/**
 * @param {Parameters<typeof sizeTable>[0]} bundlers
 * @param {string} path
 * @returns {string[]}
 */
function added(bundlers, path) {
  return bundlers.map(({ sizes }) => {
    const found = sizes.find(({ name }) => name === path)
    return found ? kibibytes(found.whole - found.empty) : '-'
  })
}

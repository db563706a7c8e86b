const code = /\.(?:[cm]?[jt]s|[jt]sx)$/

/**
 * Whether the path is code that is built and published.
 *
 * @param {string} path relative to the root
 * @returns {boolean}
 */
export function isSource(path) {
  return code.test(path) && /^packages\/[^/]+\/src\//.test(path)
}

/**
 * Whether the path is code of a test, or of what a test uses.
 *
 * @param {string} path relative to the root
 * @returns {boolean}
 */
export function isTest(path) {
  return code.test(path) && (/^packages\/[^/]+\/test\//.test(path) || path.startsWith('tools/test/'))
}

/**
 * Whether the path is code of a check of this repository. Such code keeps to the sizes and names of the sources.
 *
 * @param {string} path relative to the root
 * @returns {boolean}
 */
export function isTool(path) {
  return code.test(path) && path.startsWith('tools/') && !isTest(path)
}

/**
 * The package that a source belongs to, and its path within `src`.
 *
 * @param {string} path relative to the root
 * @returns {{ package: string, inside: string } | undefined} undefined when the path is not under `packages/<name>/src`
 */
export function placeOf(path) {
  const match = /^packages\/([^/]+)\/src\/(.+)$/.exec(path)
  return match ? { package: /** @type {string} */ (match[1]), inside: /** @type {string} */ (match[2]) } : undefined
}

/**
 * Whether a path fits a pattern: `**` stands for any path, `*` for any name.
 * A leading double star with its slash may stand for nothing.
 *
 * @param {string} path
 * @param {string} pattern
 * @returns {boolean}
 */
export function fits(path, pattern) {
  const source = pattern
    .replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&')
    .replaceAll(/\*\*\/|\*\*|\*/g, (stars) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' })[stars] ?? stars)
  return new RegExp(`^${source}$`).test(path)
}

import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A text file of the tree.
 *
 * @typedef {object} TreeFile
 * @property {string} path relative to the root, with forward slashes
 * @property {string} text
 * @property {boolean} tracked whether git knows it; true for every file where there is no git checkout
 */

const skippedFolders = new Set(['node_modules', 'dist', 'coverage', '.git'])

/**
 * Reads every text file under a root: in a git checkout what is tracked or could be, elsewhere all but built files.
 *
 * @param {string} root
 * @returns {TreeFile[]} sorted by path
 */
export function readTree(root) {
  const listed = existsSync(join(root, '.git')) ? listCheckout(root) : listFolder(root)
  return [...listed]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([path, tracked]) => {
      const text = readText(join(root, path))
      return text === undefined ? [] : [{ path, text, tracked }]
    })
}

/**
 * @param {string} root
 * @returns {Map<string, boolean>} path to whether it is tracked
 */
function listCheckout(root) {
  const list = (/** @type {string[]} */ options) =>
    execFileSync('git', ['-C', root, 'ls-files', '-z', ...options], { encoding: 'utf8', maxBuffer: 2 ** 26 })
      .split('\0')
      .filter((path) => path !== '')
  const untracked = list(['--others', '--exclude-standard'])
  return new Map([
    ...untracked.map((path) => /** @type {const} */ ([path, false])),
    ...list(['--cached']).map((path) => /** @type {const} */ ([path, true])),
  ])
}

/**
 * @param {string} root
 * @param {string} folder relative to the root, empty or with a slash at its end
 * @returns {Map<string, boolean>} path to true
 */
function listFolder(root, folder = '') {
  /** @type {Map<string, boolean>} */
  const paths = new Map()
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder + entry.name
    if (entry.isFile()) paths.set(path, true)
    if (!entry.isDirectory() || skippedFolders.has(entry.name)) continue
    for (const [inner] of listFolder(root, `${path}/`)) paths.set(inner, true)
  }
  return paths
}

/**
 * @param {string} file
 * @returns {string | undefined} undefined when it is gone, a link, or not text
 */
function readText(file) {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return undefined
  const text = readFileSync(file, 'utf8')
  return text.includes('\0') ? undefined : text
}

import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundledPaths } from '../../packages/size-limits.mjs'
import { runCommand } from '../commands.mjs'
import { contentProblems, sizeProblems } from './bundle-problems.mjs'
import { emptyEntry, writeEntries } from './entries.mjs'

/** @typedef {import('../project.mjs').Project} Project */
/** @typedef {import('../all-consumers.mjs').Outcome} Outcome */

/** Files that run in the project, where the packages are. */
const given = ['page.mjs', 'visit.mjs', 'sign-in-page.js', 'verify-in-page.js']

/**
 * Bundles each path of the table for browsers, looks into the bundles, runs them in a page, and measures them.
 *
 * @param {Project} project whose `build.mjs` writes `dist/<entry>/<entry>.js`
 * @param {'module' | 'script'} kind what the bundler makes
 * @returns {Promise<Outcome>}
 */
export async function checkBundler(project, kind) {
  const { folder } = project
  const entries = writeEntries(project)
  for (const file of given) copyFileSync(fileURLToPath(new URL(file, import.meta.url)), join(folder, file))
  await runCommand(process.execPath, ['build.mjs'], { cwd: folder })
  /** @type {Map<string, number>} */
  const whole = new Map()
  const problems = []
  for (const entry of entries) {
    const files = bundleFiles(join(folder, 'dist', entry))
    problems.push(...contentProblems(files).map((problem) => `${entry}: ${problem}`))
    const eager = await visit(project, entry, kind)
    whole.set(entry, gzippedBytes(files.filter(({ name }) => eager.includes(name))))
  }
  const sizes = bundledPaths.map(({ name, entry, limit }) => {
    return { name, whole: whole.get(entry) ?? 0, empty: whole.get(emptyEntry) ?? 0, limit }
  })
  problems.push(...sizes.flatMap(sizeProblems))
  return { facts: [`${entries.length} pages ran`], problems, lacks: [], sizes }
}

/**
 * @param {Project} project
 * @param {string} entry
 * @param {'module' | 'script'} kind
 * @returns {Promise<string[]>} the files that the page loaded at once
 */
async function visit({ folder }, entry, kind) {
  const options = ['--experimental-vm-modules', '--no-warnings']
  const args = [...options, 'visit.mjs', join('dist', entry), `${entry}.js`, kind]
  return JSON.parse(await runCommand(process.execPath, args, { cwd: folder }))
}

/**
 * @param {string} folder
 * @returns {import('./bundle-problems.mjs').BundleFile[]} the scripts in it and below, without what only debuggers read
 */
export function bundleFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => {
      const file = join(folder, name)
      const text = readFileSync(file, 'utf8')
      const [comment = '', map = `${basename(name)}.map`] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(text) ?? []
      const code = text.slice(0, text.length - comment.length)
      return { name, text: code, sources: sourcesOf(join(dirname(file), map)) }
    })
}

/**
 * @param {string} map
 * @returns {string[] | undefined} what a source map names, its sections (ECMA-426) included
 */
function sourcesOf(map) {
  if (!existsSync(map)) return undefined
  const { sources, sections = [] } = JSON.parse(readFileSync(map, 'utf8'))
  return sources ?? sections.flatMap((section) => section.map.sources)
}

/**
 * @param {readonly import('./bundle-problems.mjs').BundleFile[]} files
 * @returns {number} what crosses the network, in bytes
 */
export function gzippedBytes(files) {
  return files.reduce((sum, { text }) => sum + gzipSync(text).length, 0)
}

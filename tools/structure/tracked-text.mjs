import { posix } from 'node:path'

/** Folders whose absolute paths belong to one machine. Put together here, so that no rule finds them in this file. */
const machineFolders = [
  ['root', '/'],
  ['work', '/'],
  ['tmp', '/'],
  ['home', '/[\\w.-]+/'],
  ['Users', '/[\\w.-]+/'],
]

/** Not in the middle of a relative path or of a URL: `example.com/root/` names nobody's machine. */
const machinePath = new RegExp(`(?<![\\w.-])/(?:${machineFolders.map((parts) => parts.join('')).join('|')})`)

const lockfiles = new Set(['pnpm-lock.yaml', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'bun.lock'])

/** A lockfile entry that fetches from a fixed host, as npm, pnpm and yarn write it. */
const fixedHost = /\b(?:resolved|tarball)"?:?\s+["']?https?:/

/** @typedef {import('./all-rules.mjs').Violation} Violation */
/** @typedef {import('./source/read-tree.mjs').TreeFile} TreeFile */

/**
 * Checks that tracked files name no path of somebody's machine, and that lockfiles name no host.
 *
 * @param {readonly TreeFile[]} files
 * @returns {Violation[]}
 */
export function textViolations(files) {
  const tracked = files.filter((file) => file.tracked)
  return [
    ...matchingLines(tracked, machinePath, (path) => !path.startsWith('tools/')).map((place) => {
      return { ...place, rule: 'machine-path', advice: 'name a relative path, or a folder that the reader has' }
    }),
    ...matchingLines(tracked, fixedHost, (path) => lockfiles.has(posix.basename(path))).map((place) => {
      return {
        ...place,
        rule: 'lockfile-host',
        advice: 'install from the default registry, and write the lockfile anew',
      }
    }),
  ]
}

/**
 * @param {readonly TreeFile[]} files
 * @param {RegExp} pattern
 * @param {(path: string) => boolean} applies
 * @returns {{ path: string, line: number }[]}
 */
function matchingLines(files, pattern, applies) {
  return files
    .filter((file) => applies(file.path))
    .flatMap(({ path, text }) => {
      if (!pattern.test(text)) return []
      const lines = text.split('\n')
      return lines.flatMap((content, index) => (pattern.test(content) ? [{ path, line: index + 1 }] : []))
    })
}

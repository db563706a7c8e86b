import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A package as it stands in the workspace.
 *
 * @typedef {{ folder: string, manifest: import('./manifest.mjs').Manifest }} SourcePackage
 */

/**
 * Every package that is meant to be published.
 *
 * @param {string} root
 * @returns {SourcePackage[]}
 */
export function publicPackages(root) {
  const packages = join(root, 'packages')
  return (existsSync(packages) ? readdirSync(packages).sort() : [])
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private)
}

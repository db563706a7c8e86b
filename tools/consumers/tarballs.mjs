import { join } from 'node:path'
import { missingTargets } from '../packages/manifest.mjs'
import { packPackage } from '../packages/pack.mjs'
import { publicPackages } from '../packages/public-packages.mjs'

/** @typedef {import('../packages/pack.mjs').Packed} Packed */

/**
 * Packs every public package. One that cannot be packed, or whose files are not there yet, is left out with the reason.
 *
 * @param {string} root
 * @param {string} destination an empty folder
 * @returns {Promise<{ packed: Packed[], unfinished: string[] }>}
 */
export async function packAll(root, destination) {
  const attempts = await Promise.all(
    publicPackages(root).map((source, index) => attempt(source, join(destination, `${index}`))),
  )
  return {
    packed: attempts.flatMap((outcome) => (typeof outcome === 'string' ? [] : [outcome])),
    unfinished: attempts.filter((outcome) => typeof outcome === 'string'),
  }
}

/**
 * @param {import('../packages/public-packages.mjs').SourcePackage} source
 * @param {string} destination
 * @returns {Promise<Packed | string>} the reason, where it cannot be packed
 */
async function attempt({ folder, manifest: { name } }, destination) {
  try {
    const packed = await packPackage(folder, destination)
    const [missing] = missingTargets(packed.manifest, packed.files)
    return missing === undefined ? packed : `${name}: ${missing} is missing: run pnpm -r build`
  } catch (error) {
    // pnpm says what went wrong on its standard output.
    const { message, stdout = '' } = /** @type {Error & { stdout?: string }} */ (error)
    return `${name}: ${message}\n${stdout}`.trim()
  }
}

/**
 * Whether a package needs another of this repository that is not packed.
 *
 * @param {readonly Packed[]} packages
 * @returns {boolean}
 */
export function lacksDependency(packages) {
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  const scopes = new Set([...names].map((name) => name.split('/')[0]))
  return packages.some(({ manifest: { dependencies = {} } }) =>
    Object.keys(dependencies).some((name) => scopes.has(name.split('/')[0]) && !names.has(name)),
  )
}

/**
 * What the users of packages can name in an import.
 *
 * @param {readonly Packed[]} packages
 * @returns {{ code: string[], json: string[], commands: string[] }} specifiers of modules and of JSON, and commands
 */
export function importables(packages) {
  const specifiers = packages.flatMap(({ manifest, files }) => {
    return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
      const names = subpath.includes('*') ? expand(subpath, String(target), files) : [subpath]
      return names.map((name) => `${manifest.name}${name.slice(1)}`)
    })
  })
  return {
    code: specifiers.filter((specifier) => !specifier.endsWith('.json')),
    json: specifiers.filter((specifier) => specifier.endsWith('.json')),
    commands: packages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {})),
  }
}

/**
 * @param {string} subpath with one `*`
 * @param {string} target with one `*`
 * @param {readonly string[]} files
 * @returns {string[]} the subpaths that lead to a file
 */
function expand(subpath, target, files) {
  const [before = '', after = ''] = target.replace(/^\.\//, '').split('*')
  return files
    .filter((file) => file.startsWith(before) && file.endsWith(after))
    .map((file) => subpath.replace('*', file.slice(before.length, file.length - after.length)))
}

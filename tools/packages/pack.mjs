import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * A package as its users will get it.
 *
 * @typedef {object} Packed
 * @property {string} tarball
 * @property {string} folder where it is unpacked
 * @property {number} bytes the size of the tarball
 * @property {readonly string[]} files paths relative to the package
 * @property {import('./manifest.mjs').Manifest} manifest
 */

const run = promisify(execFile)

/** The commands that this repository has installed. */
export const commands = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url))

/**
 * Packs a package with pnpm, and unpacks it again to see what is inside.
 *
 * @param {string} folder where its package.json is
 * @param {string} destination an empty folder
 * @returns {Promise<Packed>}
 */
export async function packPackage(folder, destination) {
  mkdirSync(destination)
  await run(join(commands, 'pnpm'), ['pack', '--pack-destination', destination], { cwd: folder })
  const name = readdirSync(destination).find((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error(`pnpm pack wrote no tarball for ${folder}`)
  await run('tar', ['-xzf', name], { cwd: destination })
  const unpacked = join(destination, 'package')
  const tarball = join(destination, name)
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
  return { tarball, folder: unpacked, bytes: statSync(tarball).size, files: filesOf(unpacked), manifest }
}

/**
 * @param {string} folder
 * @returns {string[]} the paths of its files relative to it, with forward slashes
 */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => path.split(sep).join(posix.sep))
    .sort()
}

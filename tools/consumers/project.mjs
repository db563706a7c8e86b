import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './commands.mjs'

/** @typedef {import('./tarballs.mjs').Packed} Packed */

/**
 * A project of its own, outside of the workspace, with the packed packages installed.
 *
 * @typedef {{ folder: string, packages: readonly Packed[] }} Project
 */

const templates = fileURLToPath(new URL('templates', import.meta.url))

/**
 * Copies a template and installs the tarballs, together with the exact versions of tools that the template names.
 *
 * @param {string} template
 * @param {string} folder that does not exist yet
 * @param {readonly Packed[]} packages
 * @returns {Promise<Project>}
 */
export async function makeProject(template, folder, packages) {
  cpSync(join(templates, template), folder, { recursive: true })
  const file = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const tarballs = packages.map((packed) => [packed.manifest.name, `file:${packed.tarball}`])
  const complete = {
    ...manifest,
    dependencies: { ...manifest.dependencies, ...Object.fromEntries(tarballs) },
    // What the packages want of each other, no registry has: not this version of it.
    overrides: Object.fromEntries(packages.map(({ manifest: { name } }) => [name, `$${name}`])),
  }
  writeFileSync(file, `${JSON.stringify(complete, null, 2)}\n`)
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  // No package of ours has install scripts, and the tools work without theirs.
  await runCommand('npm', ['install', '--ignore-scripts', '--prefer-offline', ...quiet], { cwd: folder })
  return { folder, packages }
}

/**
 * @param {Project} project
 * @param {string} name
 * @param {string} text
 */
export function writeInto({ folder }, name, text) {
  writeFileSync(join(folder, name), text)
}

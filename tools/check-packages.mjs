#!/usr/bin/env node
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { painter, runCheck, UsageError } from './command-line.mjs'
import { contentProblems } from './packages/contents.mjs'
import { attwProblems, publintProblems } from './packages/linters.mjs'
import { exportsCode, manifestProblems } from './packages/manifest.mjs'
import { packPackage } from './packages/pack.mjs'
import { publicPackages } from './packages/public-packages.mjs'

const usage = `usage: node tools/check-packages.mjs [--root DIR]

Packs every public package as it would be published, and checks the tarball: publint, attw (Node ESM
and CJS, bundlers), and the manifest with its files: what is named is there, commands start, source maps
lead somewhere, nothing runs when it is installed. Run "pnpm -r build" first.

  --root DIR   the repository to check (default: this one)
  --help       print this text

Exit code: 0 without problems, 1 with some, 2 for wrong arguments.
`

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {readonly string[]} cells a row of the table
 * @property {readonly string[]} problems
 */

const heading = ['package', 'files', 'packed KiB', 'publint', 'attw', 'manifest']

/**
 * @param {import('./packages/public-packages.mjs').SourcePackage} source
 * @param {string} destination
 * @returns {Promise<Result>}
 */
async function checkPackage({ folder, manifest }, destination) {
  const { name } = manifest
  if (manifest.scripts?.build && !existsSync(join(folder, 'dist'))) {
    return failed(name, 'build', 'dist is missing: run pnpm -r build')
  }
  try {
    const packed = await packPackage(folder, destination)
    const code = exportsCode(packed.manifest)
    const findings = {
      publint: await publintProblems(packed),
      attw: code ? await attwProblems(packed) : undefined,
      manifest: [...manifestProblems(packed.manifest, packed.files), ...contentProblems(packed)],
    }
    const verdicts = Object.values(findings).map((problems) => verdict(problems))
    const problems = Object.entries(findings).flatMap(([check, found]) =>
      (found ?? []).map((text) => `${check}  ${text}`),
    )
    return { name, cells: [name, `${packed.files.length}`, (packed.bytes / 1024).toFixed(1), ...verdicts], problems }
  } catch (error) {
    // pnpm says what went wrong on its standard output.
    const { message, stdout = '' } = /** @type {Error & { stdout?: string }} */ (error)
    return failed(name, 'pack', `${message}\n${stdout}`.trim())
  }
}

/**
 * @param {string} name
 * @param {string} check
 * @param {string} text
 * @returns {Result}
 */
function failed(name, check, text) {
  return { name, cells: [name, '-', '-', '-', '-', '-'], problems: [`${check}  ${text}`] }
}

/**
 * @param {readonly string[] | undefined} problems undefined when the check does not apply
 * @returns {string}
 */
function verdict(problems) {
  if (!problems) return '-'
  return problems.length === 0 ? 'ok' : `${problems.length} wrong`
}

/**
 * @param {readonly Result[]} results
 * @returns {number} the exit code
 */
function report(results) {
  const paint = painter(process.stdout)
  const rows = [heading, ...results.map((result) => result.cells)]
  const widths = heading.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  const problems = results.flatMap(({ name, problems }) => problems.map((problem) => `${name}  ${problem}`))
  if (problems.length > 0) console.log(`\n${problems.map((problem) => paint('red', problem)).join('\n')}`)
  console.log(
    paint(problems.length === 0 ? 'green' : 'red', `\npackages: ${results.length}, ${problems.length} problems`),
  )
  return problems.length === 0 ? 0 : 1
}

/**
 * @param {string} root
 * @returns {Promise<number>} the exit code
 */
async function check(root) {
  const sources = publicPackages(root)
  if (sources.length === 0) throw new UsageError(`no public package under ${root}/packages`)
  const temporary = mkdtempSync(join(tmpdir(), 'countersign-packages-'))
  try {
    return report(await Promise.all(sources.map((source, index) => checkPackage(source, join(temporary, `${index}`)))))
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

await runCheck({ name: 'check-packages', usage, check })

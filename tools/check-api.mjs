#!/usr/bin/env node
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const usage = `usage: node tools/check-api.mjs [--update]

Compares the public surface of each package with its report in docs/api/, so that a change of it is seen in
review. Run "pnpm -r build" first.

  --update   writes the reports
  --help     print this text

Exit code: 0 when the reports are right, 1 when one is not, 2 for wrong arguments.
`

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = join(root, 'docs', 'api')

/** Every entry point with types, of every package. */
function entryPoints() {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name)
    const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return Object.entries(exports)
      .filter(([, target]) => target.import?.types)
      .map(([subpath, target]) => ({
        folder,
        report: `${[name, ...subpath.split('/').slice(1)].join('-')}.api.md`,
        types: resolve(folder, target.import.types),
      }))
  })
}

/** @param {ReturnType<typeof entryPoints>[number]} entry */
function describe(entry, temporary) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: entry.folder,
      mainEntryPointFilePath: entry.types,
      compiler: { overrideTsconfig: tsconfig(entry.types) },
      apiReport: {
        enabled: true,
        reportFileName: entry.report,
        reportFolder: temporary,
        reportTempFolder: join(temporary, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(entry.folder, 'package.json'),
  })
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback: silence })
  if (!succeeded) throw new Error(`the types of ${entry.report} cannot be read`)
  return readFileSync(join(temporary, entry.report), 'utf8')
}

/** The extractor tells on the console what this command tells itself. */
function silence(message) {
  if (message.logLevel !== 'error') message.handled = true
}

function tsconfig(types) {
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    module: 'ESNext',
    moduleResolution: 'bundler',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  }
  return { compilerOptions, include: [types] }
}

/** The lines that only one of two reports has, as a reviewer wants to see them. */
function difference(before, after) {
  const [old, next] = [before.split('\n'), after.split('\n')]
  const removed = old.filter((line) => line.trim() !== '' && !next.includes(line)).map((line) => `    - ${line}`)
  const added = next.filter((line) => line.trim() !== '' && !old.includes(line)).map((line) => `    + ${line}`)
  return [...removed, ...added].slice(0, 40).join('\n')
}

function run(update) {
  const temporary = mkdtempSync(join(tmpdir(), 'countersign-api-'))
  let wrong = 0
  let undocumented = 0
  const entries = entryPoints()
  try {
    for (const entry of entries) {
      const actual = describe(entry, temporary)
      if (actual.includes('@public (undocumented)')) {
        undocumented++
        console.log(`docs/api/${entry.report}: an exported name has no sentence: look for "@public (undocumented)"`)
      }
      const path = join(reports, entry.report)
      const expected = existsSync(path) ? readFileSync(path, 'utf8') : ''
      if (actual === expected) continue
      wrong++
      if (update) writeReport(path, actual)
      else console.log(`docs/api/${entry.report} differs\n${difference(expected, actual)}`)
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  console.log(`api: ${entries.length} entry points, ${wrong} ${update ? 'written' : 'changed'}`)
  if (wrong > 0 && !update)
    console.log('when the change is meant: node tools/check-api.mjs --update, and commit the reports')
  return undocumented > 0 || (wrong > 0 && !update) ? 1 : 0
}

function writeReport(path, text) {
  mkdirSync(reports, { recursive: true })
  writeFileSync(path, text)
}

function main() {
  try {
    const { values } = parseArgs({ options: { update: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
    if (values.help) process.stdout.write(usage)
    else process.exitCode = run(values.update ?? false)
  } catch (error) {
    if (!String(error.code).startsWith('ERR_PARSE_ARGS')) throw error
    process.stderr.write(`${error.message}\n\n${usage}`)
    process.exitCode = 2
  }
}

main()

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { contentProblems } from '../packages/contents.mjs'
import { exportsCode, manifestProblems } from '../packages/manifest.mjs'
import { writeTree } from './fixture-tree.mjs'

// Each run packs with pnpm and starts a compiler.
vi.setConfig({ testTimeout: 60_000 })

const script = fileURLToPath(new URL('../check-packages.mjs', import.meta.url))

/** @param {string[]} args */
function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const manifest = {
  name: '@countersign/fixture',
  version: '1.0.0',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  exports: {
    '.': {
      import: { types: './dist/index.d.ts', default: './dist/index.js' },
      require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
    },
    './package.json': './package.json',
  },
  files: ['dist'],
  scripts: { build: 'tsup' },
}

const built = {
  LICENSE: 'MIT\n',
  'README.md': '# Fixture\n',
  'dist/index.js': 'export const it = 1\n//# sourceMappingURL=index.js.map\n',
  'dist/index.js.map': '{}\n',
  'dist/index.d.ts': 'export declare const it = 1\n',
  'dist/index.cjs': 'exports.it = 1\n//# sourceMappingURL=index.cjs.map\n',
  'dist/index.cjs.map': '{}\n',
  'dist/index.d.cts': 'export declare const it = 1\n',
}

const files = ['package.json', ...Object.keys(built)]

describe('the manifest', () => {
  test('of a good package has no problems', () => {
    expect(manifestProblems(manifest, files)).toEqual([])
  })

  test.each([
    ['license', { license: '' }, 'package.json has no license'],
    ['sideEffects', { sideEffects: true }, 'package.json does not say "sideEffects": false'],
    ['exports', { exports: undefined }, 'package.json has no exports'],
    ['workspace:', { dependencies: { a: 'workspace:^' } }, /^dependencies\.a is "workspace:\^"/],
    ['catalog:', { peerDependencies: { a: 'catalog:' } }, /^peerDependencies\.a is "catalog:"/],
    ['postinstall', { scripts: { postinstall: 'node it.js' } }, 'scripts.postinstall would run at every user'],
  ])('%s', (_field, change, problem) => {
    const problems = manifestProblems(/** @type {typeof manifest} */ ({ ...manifest, ...change }), files)
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
  })

  test('needs types and code for import and for require', () => {
    const entry = { import: { types: './dist/index.d.ts' }, require: './dist/index.cjs' }
    expect(manifestProblems({ ...manifest, exports: { '.': entry } }, files)).toEqual([
      'exports["."] has no import.default',
      'exports["."] has no require.types',
      'exports["."] has no require.default',
    ])
  })

  test('may export documents, without types and without a word on side effects', () => {
    const exports = { './*.json': './vectors/*.json', './package.json': './package.json' }
    const documents = { ...manifest, exports, sideEffects: undefined }
    expect(manifestProblems(documents, [...files, 'vectors/one.json'])).toEqual([])
    expect(manifestProblems(documents, files)).toEqual([
      expect.stringMatching(/^exports or bin name \.\/vectors\/\*\.json, which is not in the package/),
    ])
    expect(exportsCode(documents)).toBe(false)
    expect(exportsCode(manifest)).toBe(true)
  })

  test('may have a command and export no code', () => {
    const command = { ...manifest, exports: { './package.json': './package.json' }, bin: { it: './dist/it.js' } }
    expect(manifestProblems(command, [...files, 'dist/it.js', 'dist/it.js.map'])).toEqual([])
    expect(manifestProblems(command, files)).toEqual([
      expect.stringMatching(/^exports or bin name \.\/dist\/it\.js, which is not in the package/),
    ])
  })

  test.each([
    ['LICENSE', 'there is no LICENSE in the package'],
    ['README.md', 'there is no README.md in the package'],
    ['dist/index.js.map', 'dist/index.js has no dist/index.js.map beside it'],
    ['dist/index.cjs.map', 'dist/index.cjs has no dist/index.cjs.map beside it'],
    [
      'dist/index.d.cts',
      /^exports or bin name \.\/dist\/index\.d\.cts, which is not in the package: run pnpm -r build/,
    ],
  ])('misses %s', (missing, problem) => {
    const problems = manifestProblems(
      manifest,
      files.filter((file) => file !== missing),
    )
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
  })

  test.each(['test/sign.js', 'src/sign.test.ts', 'dist/__tests__/sign.d.ts'])('does not ship %s', (file) => {
    expect(manifestProblems(manifest, [...files, file])).toEqual([`${file} is a test: leave it out of "files"`])
  })
})

describe('the contents', () => {
  /**
   * @param {Readonly<Record<string, string>>} contents path to text
   * @param {object} [change] of the manifest
   */
  function problemsOf(contents, change = {}) {
    const folder = writeTree(contents)
    return contentProblems({ folder, files: Object.keys(contents), manifest: { ...manifest, ...change } })
  }

  test('of a good package have no problems', () => {
    const map = JSON.stringify({ sources: ['../src/it.ts', '../../other/it.js'], sourcesContent: [null, 'it'] })
    expect(problemsOf({ 'src/it.ts': '', 'dist/it.js': "import 'node:http'\n", 'dist/it.js.map': map })).toEqual([])
  })

  test.each([
    ['node dist/it.js\n', ['dist/it.js is a command, and does not begin with #!/usr/bin/env node']],
    ['#!/usr/bin/env node\n', []],
  ])('a command that begins with %j', (text, problems) => {
    expect(problemsOf({ 'dist/it.js': text }, { bin: { it: './dist/it.js' } })).toEqual(problems)
  })

  test.each([
    ['../src/it.ts', 'which is not in the package, and does not have its text either'],
    ['/home/someone/it.ts', 'a place on one machine'],
    ['file:///it.ts', 'a place on one machine'],
    ['C:\\it.ts', 'a place on one machine'],
  ])('a source map that leads to %s', (source, problem) => {
    const map = JSON.stringify({ sources: [source], sourcesContent: source.startsWith('..') ? undefined : ['it'] })
    expect(problemsOf({ 'dist/it.js.map': map })).toEqual([`dist/it.js.map names ${source}, ${problem}`])
  })

  test.each([
    "import { STATUS_CODES } from 'http'",
    'import"http";',
    'var http = require("http")',
    "await import('http')",
  ])('an import that Node alone understands: %s', (text) => {
    const [problem, ...more] = problemsOf({ 'dist/it.js': text })
    expect(problem).toBe('dist/it.js imports "http": Deno and Workers know it as "node:http" alone')
    expect(more).toEqual([])
    expect(problemsOf({ 'dist/it.js': text }, { exports: {} })).toEqual([])
  })
})

/**
 * @param {Readonly<Record<string, string>>} contents path within the package to text
 * @param {object} change of the manifest
 * @returns {string} the root of a workspace with one package
 */
function workspace(contents, change = {}) {
  const inside = { ...contents, 'package.json': JSON.stringify({ ...manifest, ...change }) }
  const paths = Object.entries(inside).map(([path, text]) => [`packages/fixture/${path}`, text])
  return writeTree({ 'pnpm-workspace.yaml': 'packages: [packages/*]\n', ...Object.fromEntries(paths) })
}

describe('the command', () => {
  test('passes a good package', () => {
    const { status, stdout } = run('--root', workspace(built))
    expect(stdout).toMatch(
      /^package +files {2}packed KiB {2}publint {2}attw {2}manifest\n@countersign\/fixture +9 +0\.\d/,
    )
    expect(stdout).toMatch(/ok +ok +ok\n\npackages: 1, 0 problems\n$/)
    expect(status).toBe(0)
  })

  test('fails a package with the text of each problem', () => {
    const { 'README.md': _readme, ...rest } = built
    const root = workspace({
      ...rest,
      'dist/index.d.cts': 'declare const it: 1\nexport default it\n',
      'dist/index.cjs': 'export {}\n',
    })
    const { status, stdout } = run('--root', root)
    expect(status).toBe(1)
    expect(stdout).toContain('@countersign/fixture  manifest  there is no README.md in the package\n')
    expect(stdout).toMatch(/@countersign\/fixture {2}publint {2}.*ESM/)
    expect(stdout).toMatch(/@countersign\/fixture {2}attw {2}UnexpectedModuleSyntax at dist\/index\.cjs\n/)
  })

  test('fails a package without types', () => {
    const exports = { '.': { import: { default: './dist/index.js' }, require: { default: './dist/index.cjs' } } }
    const { 'dist/index.d.ts': _esm, 'dist/index.d.cts': _cjs, ...rest } = built
    const { status, stdout } = run('--root', workspace(rest, { exports }))
    expect(status).toBe(1)
    expect(stdout).toContain('@countersign/fixture  attw  no types were found in the package\n')
  })

  test('says what to run when nothing was built', () => {
    const { status, stdout } = run('--root', workspace({ LICENSE: 'MIT\n' }))
    expect(status).toBe(1)
    expect(stdout).toContain('@countersign/fixture  build  dist is missing: run pnpm -r build\n')
  })

  test('--help prints the usage', () => {
    const { status, stdout } = run('--help')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^usage: node tools\/check-packages\.mjs \[--root DIR\]/)
  })

  test('private packages do not count, and wrong arguments end with 2', () => {
    expect(run('--wrong').status).toBe(2)
    expect(run('--root', workspace(built, { private: true }))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no public package'),
    })
  })
})

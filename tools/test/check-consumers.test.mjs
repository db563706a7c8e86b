import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { bundleFiles, gzippedBytes } from '../consumers/bundles/bundle-consumers.mjs'
import { contentProblems, sizeProblems } from '../consumers/bundles/bundle-problems.mjs'
import { openPage } from '../consumers/bundles/page.mjs'
import { sizeTable } from '../consumers/bundles/size-table.mjs'
import { runCommand } from '../consumers/commands.mjs'
import { importables, lacksDependency } from '../consumers/tarballs.mjs'
import { bundledPaths, exportingModule } from '../packages/size-limits.mjs'
import { writeTree } from './fixture-tree.mjs'

// Some runs pack with pnpm.
vi.setConfig({ testTimeout: 60_000 })

const script = fileURLToPath(new URL('../check-consumers.mjs', import.meta.url))

/** @param {string[]} args */
function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const own = ['../src/page.js', '../node_modules/@countersign/core/dist/index.js', '../node_modules/uuid/dist/v4.js']

describe('a bundle', () => {
  test('of our own code, which asks a runtime for node:crypto, is as it should be', () => {
    const text = 'let c=globalThis.process?.getBuiltinModule?.("node:crypto");import{a}from"./chunk.js";'
    expect(contentProblems([{ name: 'a.js', text, sources: own }])).toEqual([])
  })

  test.each([
    ['import{hash}from"node:crypto";', 'from"node:crypto"'],
    ['import"fs";', 'import"fs"'],
    ['const c=await import("crypto");', 'import("crypto"'],
    ['var b=require("buffer");', 'require("buffer"'],
    ['var b=__require("node:buffer");', '__require("node:buffer"'],
    ['let c=x("node:stream/web");', '"node:stream/web"'],
  ])('must not have %s', (text, found) => {
    const problems = contentProblems([{ name: 'a.js', text, sources: own }])
    expect(problems).toEqual([`a.js names a built-in module of Node: ${found}`])
  })

  test.each([
    '../__vite-browser-external:crypto',
    'webpack://page/node_modules/buffer/index.js',
    '../node_modules/crypto-browserify/index.js',
    'turbopack:///[project]/node_modules/next/dist/compiled/buffer/index.js',
  ])('must not hold %s', (source) => {
    const files = [{ name: 'a.js', text: '', sources: [...own, source] }]
    expect(contentProblems(files, ['next/dist/client'])).toEqual([`a.js holds what nobody asked for: ${source}`])
  })

  test('may hold its framework, and has source maps', () => {
    const sources = ['turbopack:///[project]/node_modules/next/dist/client/index.js']
    expect(contentProblems([{ name: 'a.js', text: '', sources }], ['next/dist/client'])).toEqual([])
    expect(contentProblems([{ name: 'a.js', text: '', sources: undefined }])).toEqual([
      'a.js has no source map that says what is in it',
    ])
  })

  test('is measured without what only debuggers read, and its maps are found', () => {
    const folder = writeTree({
      'a.js': 'it()\n//# sourceMappingURL=b.js.map',
      'b.js.map': JSON.stringify({ sections: [{ map: { sources: ['one.js'] } }, { map: { sources: ['two.js'] } }] }),
      'deep/c.js': 'it()',
      'deep/c.js.map': JSON.stringify({ sources: ['three.js'] }),
    })
    const files = bundleFiles(folder).sort((left, right) => (left.name < right.name ? -1 : 1))
    expect(files).toEqual([
      { name: 'a.js', text: 'it()', sources: ['one.js', 'two.js'] },
      { name: 'deep/c.js', text: 'it()', sources: ['three.js'] },
    ])
    expect(gzippedBytes(files)).toBe(2 * gzipSync('it()').length)
  })

  test('must not add more than its limit', () => {
    const measured = { name: 'sign', empty: 1024, limit: 2048 }
    expect(sizeProblems({ ...measured, whole: 3072 })).toEqual([])
    expect(sizeProblems({ ...measured, whole: 3584 })).toEqual(['sign: 2.50 KiB is over the limit of 2.00 KiB'])
  })
})

describe('a page', () => {
  test('runs a script, which can load another', async () => {
    const folder = writeTree({
      'start.js': `globalThis.load = () => new Promise((resolve) => {
        const element = document.createElement('script')
        Object.assign(element, { src: new URL('later.js', document.currentScript.src).href, onload: resolve })
        document.head.appendChild(element)
      })`,
      'later.js': 'globalThis.later = typeof fetch',
    })
    const page = await openPage(folder, { start: 'start.js', kind: 'script' })
    expect(await page.run('load().then(() => [later, given])', { given: 1 })).toEqual(['undefined', 1])
    expect(page.eager).toEqual(['start.js'])
  })

  test.each(['process', 'Buffer', 'require', 'global', 'setImmediate', '__dirname'])('has no %s', async (name) => {
    const folder = writeTree({ 'start.js': `${name}.toString()` })
    await expect(openPage(folder, { start: 'start.js', kind: 'script' })).rejects.toThrow(`${name} is not defined`)
  })

  test('runs modules, and tells what it loaded at once from what came later', () => {
    const folder = writeTree({
      'start.js':
        "import { now } from './deep/now.js'; globalThis.both = async () => [now, (await import('./later.js')).it]",
      'deep/now.js': "export { it as now } from '../other.js'",
      'other.js': 'export const it = 1',
      'later.js': 'export const it = 2',
    })
    const program = `import { openPage } from ${JSON.stringify(new URL('../consumers/bundles/page.mjs', import.meta.url))}
      const page = await openPage(process.argv[1], { start: 'start.js', kind: 'module' })
      console.log(JSON.stringify([page.eager, await page.run('both()', {})]))`
    const options = ['--experimental-vm-modules', '--no-warnings', '--input-type=module', '--eval', program, folder]
    const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([
      ['start.js', 'deep/now.js', 'other.js'],
      [1, 2],
    ])
  })
})

test('a command that fails says what it wrote, and nothing of this workspace is in its reach', async () => {
  vi.stubEnv('NODE_PATH', '/somewhere')
  vi.stubEnv('npm_package_name', 'countersign')
  const cwd = writeTree({})
  const told = await runCommand(process.execPath, ['-p', 'JSON.stringify(process.env)'], { cwd, env: { GIVEN: 'yes' } })
  const { NODE_PATH, npm_package_name: name, PATH, GIVEN } = JSON.parse(told)
  expect([NODE_PATH, name, GIVEN]).toEqual([undefined, undefined, 'yes'])
  expect(PATH).not.toContain('node_modules')
  const failing = runCommand(process.execPath, ['-e', 'console.error("no"); process.exit(3)'], { cwd })
  await expect(failing).rejects.toThrow('ended with 3\nno')
  vi.unstubAllEnvs()
})

const packed = { tarball: '', folder: '', bytes: 0 }

test('everything that can be imported is found in the manifests', () => {
  const exports = { '.': './dist/index.js', './deep': { import: './dist/deep.js' }, './package.json': './package.json' }
  const patterns = { './*.json': './vectors/*.json', './schema/*.json': './schema/*.json' }
  const files = ['vectors/a.json', 'vectors/b/c.json', 'schema/d.json', 'README.md']
  expect(
    importables([
      { ...packed, manifest: { name: '@example/code', exports, bin: { it: './dist/it.js' } }, files: [] },
      { ...packed, manifest: { name: '@example/vectors', exports: patterns }, files },
    ]),
  ).toEqual({
    code: ['@example/code', '@example/code/deep'],
    json: [
      '@example/code/package.json',
      '@example/vectors/a.json',
      '@example/vectors/b/c.json',
      '@example/vectors/schema/d.json',
    ],
    commands: ['it'],
  })
})

test('packages that need one that is not packed cannot be installed', () => {
  const of = (name, dependencies = {}) => ({ ...packed, files: [], manifest: { name, dependencies } })
  const client = of('@example/client', { '@example/core': '^1.0.0', uuid: '^14.0.0' })
  expect(lacksDependency([client, of('@example/core')])).toBe(false)
  expect(lacksDependency([client, of('@example/vectors')])).toBe(true)
})

test('the table shows what is added, and the empty page', () => {
  const measured = { name: 'sign', whole: 10_240, empty: 1024, limit: 8192 }
  expect(
    sizeTable([
      { name: 'vite', sizes: [measured] },
      { name: 'next', sizes: [{ ...measured, whole: 9216 }] },
    ]),
  ).toBe(
    [
      'gzipped                vite      next     limit',
      'sign               9.00 KiB  8.00 KiB  8.00 KiB',
      'a page without it  1.00 KiB  1.00 KiB',
    ].join('\n'),
  )
})

test('the table of sizes names what each path imports', () => {
  expect(bundledPaths.map(exportingModule)).toContain(
    `export { createSignedFetch } from '@countersign/client'
export { ed25519, importSigningKey } from '@countersign/core'
`,
  )
})

describe('the check', () => {
  test('--help prints the usage', () => {
    const { status, stdout } = run('--help')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^usage: node tools\/check-consumers\.mjs \[--only NAME\]\.\.\. \[--keep\] \[--root DIR\]/)
  })

  test.each([
    [['--wrong'], "Unknown option '--wrong'"],
    [['--only', 'rollup'], 'there is no consumer "rollup"'],
  ])('%j is a wrong argument', (args, mistake) => {
    expect(run(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(mistake) })
  })

  test('wants packages', () => {
    expect(run('--root', writeTree({}))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no public package'),
    })
  })

  test('fails at once when what others need is not built', () => {
    const core = { name: '@example/core', version: '1.0.0', exports: { '.': './dist/index.js' } }
    const client = { name: '@example/client', version: '1.0.0', dependencies: { '@example/core': '^1.0.0' } }
    const root = writeTree({
      'pnpm-workspace.yaml': 'packages: [packages/*]\n',
      'packages/core/package.json': JSON.stringify(core),
      'packages/client/package.json': JSON.stringify(client),
    })
    expect(run('--root', root)).toEqual({
      status: 1,
      stdout: 'packed: @example/client\nnot packed: @example/core: ./dist/index.js is missing: run pnpm -r build\n',
      stderr: '',
    })
  })
})

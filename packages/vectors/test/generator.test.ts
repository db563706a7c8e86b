import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))

/** Runs the generator of a folder with --check. */
function check(folder: string): Promise<{ code: number | null; output: string }> {
  return new Promise((settle) => {
    const child = execFile(
      process.execPath,
      ['generator/generate.mjs', '--check'],
      { cwd: folder },
      (_error, stdout, stderr) => settle({ code: child.exitCode, output: stdout + stderr }),
    )
  })
}

test('the files are what the generator writes', async () => {
  expect(await check(packageFolder)).toEqual({ code: 0, output: '' })
})

test('a file that somebody edited is found', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'countersign-vectors-'))
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }))
  for (const folder of ['generator', 'vectors'])
    cpSync(join(packageFolder, folder), join(copy, folder), { recursive: true })
  const edited = join(copy, 'vectors', 'verify.json')
  writeFileSync(edited, readFileSync(edited, 'utf8').replace('"accept"', '"reject"'))
  expect(await check(copy)).toEqual({ code: 1, output: expect.stringContaining('vectors/verify.json') })
})

const modules = readdirSync(join(packageFolder, 'generator'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.mjs'))
  .map((path) => join(packageFolder, 'generator', path))

/** Every module that a module names, however it does. */
function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8')
  const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"`])([^'"`\n]+)\1/g)
  return Array.from(found, ([, , specifier]) => specifier as string)
}

test('the generator has modules, and its imports are seen', () => {
  expect(modules.length).toBeGreaterThan(10)
  expect(modules.flatMap(importsOf)).toContain('node:crypto')
})

test.each(modules.map((path) => [relative(packageFolder, path), path]))(
  '%s imports nothing that it tests',
  (_name, path) => {
    const foreign = importsOf(path).filter((specifier) => {
      if (specifier.startsWith('node:')) return false
      const isInside = resolve(dirname(path), specifier).startsWith(join(packageFolder, 'generator'))
      return !(specifier.startsWith('.') && isInside)
    })
    expect(foreign).toEqual([])
  },
)

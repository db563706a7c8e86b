import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readJson } from './vector-files.ts'

const require = createRequire(import.meta.url)

interface Manifest {
  readonly files: readonly string[]
  readonly dependencies?: object
}

test.each(['vectors', 'schema'])('each file of %s can be imported by the name of the package', (folder) => {
  const names = readdirSync(fileURLToPath(new URL(`../${folder}`, import.meta.url)))
  expect(names.length).toBeGreaterThan(1)
  for (const name of names) {
    const specifier = `@countersign/vectors/${folder === 'schema' ? 'schema/' : ''}${name}`
    expect(require(specifier), specifier).toEqual(readJson(`${folder}/${name}`))
  }
})

test('what is published is JSON, and needs nothing', () => {
  const { files, dependencies } = readJson('package.json') as Manifest
  expect([files, dependencies]).toEqual([['vectors', 'schema'], undefined])
})

test('the runner in TypeScript imports nothing but the packages under test, so that it runs anywhere', () => {
  const folder = fileURLToPath(new URL('./runner/', import.meta.url))
  const modules = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  const specifiers = modules.flatMap((path) => {
    const imports = readFileSync(join(folder, path), 'utf8').matchAll(/\bfrom '([^']+)'|\bimport\(?\s*'([^']+)'/g)
    return Array.from(imports, ([, name, bare]) => name ?? bare ?? '')
  })
  expect(specifiers).toContain('@countersign/core')
  expect(specifiers.filter((name) => !/^(?:\.|@countersign\/(?:core|verifier)(?:\/|$))/.test(name))).toEqual([])
})

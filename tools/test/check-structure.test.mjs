import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { findingsIn, lines, writeTree } from './fixture-tree.mjs'

// Each run starts a process that loads the compiler.
vi.setConfig({ testTimeout: 60_000 })

const script = fileURLToPath(new URL('../check-structure.mjs', import.meta.url))

/** @param {string[]} args */
function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** A small tree that makes use of what the rules allow. */
const clean = {
  'README.md': '# Clean\n\nSee https://example.com/home/alice/.\n',
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
  'packages/core/package.json': '{ "name": "@countersign/core" }\n',
  'packages/core/src/index.ts': "export { sign } from './sign.ts'\nexport type { Key } from './keys/key.ts'\n",
  'packages/core/src/errors.ts': "export class SignatureError extends Error {\n  override name = 'SignatureError'\n}\n",
  'packages/core/src/crypto/node.ts':
    "import type { Hmac } from 'node:crypto'\nexport const node = process.getBuiltinModule('node:crypto')\n",
  'packages/core/src/crypto/noble.ts': "export { sha256 } from '@noble/hashes/sha2.js'\n",
  'packages/core/src/keys/key.ts': "export type { Key } from '../algorithms/algorithm.ts'\n",
  'packages/core/src/algorithms/algorithm.ts': 'export interface Key {\n  readonly keyId: string\n}\n',
  'packages/core/src/sign.ts':
    "import type { Key } from './keys/key.ts'\nexport const sign = (key: Key, now = Date.now) => now()\n",
  'packages/core/test/sign.test.ts':
    "import { sign } from '../src/sign.ts'\n// skipped: needs a runtime without WebCrypto\ntest.skip('signs', () => {})\n",
  'packages/client/src/nonce.ts': "import { v4 } from 'uuid'\nexport const nonce = (): string => v4()\n",
  'packages/verifier/src/index.ts': "export { express } from './adapters/express.ts'\n",
  'packages/verifier/src/verifier.ts': "export type { Claim } from './replay/claim.ts'\n",
  'packages/verifier/src/replay/claim.ts': "export type { Key as Claim } from '@countersign/core'\n",
  'packages/verifier/src/adapters/express.ts':
    "import type { Request } from 'express'\nimport type { Claim } from '../verifier.ts'\nexport const express = Buffer\n",
  'tools/check.mjs': 'console.log(process.argv)\n',
}

test('a clean tree has no findings', () => {
  expect(findingsIn(clean)).toEqual([])
})

describe('the command', () => {
  test('ends with 0 without violations', () => {
    const { status, stdout } = run('--root', writeTree(clean))
    expect(status).toBe(0)
    expect(stdout).toBe(`structure: ${Object.keys(clean).length} files, 0 violations\n`)
  })

  test('ends with 1 and prints each violation with what to do, sorted and without colour', () => {
    const files = {
      'packages/client/src/utils.ts': 'export const it = 1\n',
      'packages/client/src/body.ts': 'export enum B {}\nexport enum A {}\n',
    }
    const { status, stdout } = run('--root', writeTree(files))
    expect(status).toBe(1)
    expect(stdout.split('\n')).toEqual([
      'packages/client/src/body.ts:1  enum  use a union of literals, or an object `as const`',
      'packages/client/src/body.ts:2  enum  use a union of literals, or an object `as const`',
      'packages/client/src/utils.ts:1  empty-name  "utils" says nothing: name what is inside',
      'structure: 2 files, 3 violations',
      '',
    ])
  })

  test('prints a note, and ends with 0', () => {
    const { status, stdout } = run('--root', writeTree({ 'packages/client/src/body.ts': lines(251) }))
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^packages\/client\/src\/body.ts:1 {2}note: file-lines {2}251 lines: .*\nstructure: 1 files, 0/,
    )
  })

  test.each(['--help', '-h'])('%s prints the usage', (option) => {
    const { status, stdout } = run(option)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^usage: node tools\/check-structure\.mjs \[--root DIR\]/)
  })

  test.each([[['--wrong']], [['extra']], [['--root']], [['--root', 'no/such/folder']]])('%j ends with 2', (args) => {
    const { status, stdout, stderr } = run(...args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('usage: ')
  })

  test('a tree without sources ends with 2, since nothing was checked', () => {
    const { status, stderr } = run('--root', writeTree({ 'README.md': '# Empty\n' }))
    expect(status).toBe(2)
    expect(stderr).toContain('no sources')
  })
})

import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { checkStructure } from '../structure/all-rules.mjs'
import { readTree } from '../structure/source/read-tree.mjs'
import { findingsIn, writeTree } from './fixture-tree.mjs'

const path = 'packages/core/test/sign.test.ts'

describe('tests', () => {
  test.each([
    ['test-only', "test.only('signs', () => {})"],
    ['test-only', "describe.concurrent.only('signs', () => {})"],
    ['test-todo', "test.todo('signs')"],
    ['test-skip', "test.skip('signs', () => {})"],
    ['test-skip', "describe.skip.each([1])('signs', () => {})"],
    ['test-skip', "test.skipIf(old)('signs', () => {})"],
    ['expect-true', "test('signs', () => expect(true).toBe(true))"],
  ])('%s: %s', (rule, statement) => {
    expect(findingsIn({ [path]: `// first line\n${statement}\n` })).toEqual([`${path}:2 ${rule}`])
  })

  test.each([
    "// skipped: Safari has no Ed25519\ntest.skip('signs', () => {})",
    "describe('old', () => {\n  // skipped before Node 22\n  test.skipIf(old)('signs', () => {})\n})",
    "test('names .only, .todo and .skip()', () => expect(result).toBe(true))",
  ])('allowed: %s', (text) => {
    expect(findingsIn({ [path]: `${text}\n` })).toEqual([])
  })

  test('sources are not tests', () => {
    expect(
      findingsIn({ 'packages/client/src/body.ts': 'export const it = (list: It) => list.skip(1).only\n' }),
    ).toEqual([])
  })
})

// Put together here, so that the paths are in no file.
const machinePaths = [
  ['', 'root', '.cache'],
  ['', 'home', 'alice', 'project'],
  ['', 'tmp', 'scratch'],
  ['', 'work', 'project'],
  ['', 'Users', 'alice', 'project'],
].map((parts) => parts.join('/'))

describe('text', () => {
  test.each(machinePaths)('machine-path: %s', (found) => {
    expect(findingsIn({ 'docs/guide.md': `# Guide\n\nRun ${found} now.\n` })).toEqual(['docs/guide.md:3 machine-path'])
    expect(findingsIn({ 'docs/guide.md': `file://${found}\n` })).toEqual(['docs/guide.md:1 machine-path'])
    expect(findingsIn({ 'packages/core/src/bytes.ts': `// ${found}\n` })).toEqual([
      'packages/core/src/bytes.ts:1 machine-path',
    ])
  })

  test.each(machinePaths)('allowed within a URL or a relative path, in tools and in built files: %s', (found) => {
    const text = `https://example.com${found}\n.${found}\n`
    expect(findingsIn({ 'guide.md': text, 'tools/a.mjs': found, 'packages/core/dist/a.js': found })).toEqual([])
  })

  test.each([
    ['pnpm-lock.yaml', '    resolution: {integrity: sha512-x, tarball: https://registry.example/a.tgz}'],
    ['package-lock.json', '      "resolved": "https://registry.example/a.tgz",'],
    ['examples/flask/yarn.lock', '  resolved "https://registry.example/a.tgz#1"'],
  ])('lockfile-host: %s', (lockfile, line) => {
    expect(findingsIn({ [lockfile]: `\n${line}\n` })).toEqual([`${lockfile}:2 lockfile-host`])
    expect(findingsIn({ 'docs/lockfiles.md': `${line}\n` })).toEqual([])
  })

  test('in a git checkout only tracked files count, and sources count from the start', () => {
    const machinePath = /** @type {string} */ (machinePaths[0])
    const root = writeTree({ 'tracked.md': machinePath, 'scratch.md': machinePath, 'packages/core/src/odd.ts': '' })
    execFileSync('git', ['init', '--quiet'], { cwd: root })
    execFileSync('git', ['add', 'tracked.md'], { cwd: root })
    const findings = checkStructure(readTree(root)).map((finding) => `${finding.path} ${finding.rule}`)
    expect(findings).toEqual(['packages/core/src/odd.ts unplaced-file', 'tracked.md machine-path'])
  })
})

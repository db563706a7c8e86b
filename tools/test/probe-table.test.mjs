import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { begin, end } from '../attacks/flaw-table.mjs'
import { writeTree } from './fixture-tree.mjs'

const script = fileURLToPath(new URL('../attacks/probe-table.mjs', import.meta.url))

/** @returns what came of it, and the page afterwards */
function run(/** @type {object[]} */ cases, { page = `# Probe\n\n${begin}\n${end}\nMore.\n`, args = [''] } = {}) {
  const root = writeTree({ 'docs/probe.md': page })
  const results = join(root, 'results.json')
  writeFileSync(results, JSON.stringify({ testResults: [{ assertionResults: cases }] }))
  const given = args.filter((arg) => arg !== '')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--root', root, ...given, results], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr, page: readFileSync(join(root, 'docs/probe.md'), 'utf8') }
}

const flaw = {
  name: 'no-check',
  title: 'nobody looks',
  group: 'replay',
  attacks: [4, 5],
  caughtBy: ['replay', 'replay-later'],
  findings: ['early-data', 'replay-later', 'replay'],
}
const row = '| replay | `no-check` | nobody looks | 4, 5 | `replay`, `replay-later` |'
const passed = { status: 'passed', meta: { probe: flaw } }

test('writes a row for each flaw that was found, and only the cases that are about it', () => {
  const { status, page } = run(
    [
      passed,
      { status: 'failed', meta: { probe: { ...flaw, name: 'not-found' } } },
      { status: 'passed', meta: {} },
      { status: 'passed' },
    ],
    { args: ['--update'] },
  )
  expect(status).toBe(0)
  const table = `| Group | Server | What is wrong with it | Attack | Found by |\n| --- | --- | --- | --- | --- |\n${row}`
  expect(page).toBe(`# Probe\n\n${begin}\n\n${table}\n\n${end}\nMore.\n`)
})

test('tells a page that is current from one that is not', () => {
  const { page } = run([passed], { args: ['--update'] })
  expect(run([passed], { page }).status).toBe(0)
  const other = run([passed, { ...passed, meta: { probe: { ...flaw, name: 'another' } } }], { page })
  expect([other.status, other.page]).toEqual([1, page])
  expect(other.stdout).toContain('run with --update')
})

test('leaves the page alone when no flaw was tried', () => {
  const { page } = run([passed], { args: ['--update'] })
  const none = run([], { page, args: ['--update'] })
  expect([none.status, none.page]).toEqual([1, page])
})

test('exits with 2 for wrong arguments and for a page without markers', () => {
  expect(run([passed], { page: '# Probe\n' }).stderr).toContain('needs the lines')
  expect(run([passed], { args: ['--nonsense'] }).status).toBe(2)
  expect(run([passed], { args: ['nowhere.json'] }).stderr).toContain('one file of results')
})

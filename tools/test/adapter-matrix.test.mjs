import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { writeTree } from './fixture-tree.mjs'

const script = fileURLToPath(new URL('../adapter-matrix.mjs', import.meta.url))

function run(/** @type {string[]} */ ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

function result(/** @type {string} */ chapter, /** @type {string} */ title, status = 'passed') {
  return { ancestorTitles: [chapter], title, status }
}

test('counts the cases that passed, by attack and adapter', () => {
  const path = join(writeTree({}), 'results.json')
  const cases = [
    result("time: 'Koa 3'", 'attack 25: too old'),
    result("time: 'Koa 3'", 'attack 25: too young'),
    result("baseline and replay: 'Koa 3'", 'attack 4: twice', 'failed'),
    result("baseline and replay: 'Express 5'", 'attack 4: twice'),
    result('bodies in process', 'attack 48: endless'),
    result("time: 'Koa 3'", 'says nothing'),
  ]
  writeFileSync(path, JSON.stringify({ testResults: [{ assertionResults: cases }] }))
  const { status, stdout } = run(path)
  expect([status, stdout.trim().split('\n')]).toEqual([
    0,
    ['| Attack | Koa 3 | Express 5 |', '| --- | --- | --- |', '| 4 | - | 1 |', '| 25 | 2 | - |', '| all | 2 | 1 |'],
  ])
})

test('exits with 1 without a case, and with 2 for wrong arguments', () => {
  const path = join(writeTree({}), 'results.json')
  writeFileSync(path, JSON.stringify({ testResults: [] }))
  expect(run(path).status).toBe(1)
  expect(run().status).toBe(2)
  expect(run('nowhere.json').stderr).toContain('there is no file nowhere.json')
})

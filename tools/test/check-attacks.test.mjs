import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { attackCount, attacksIn, checkPage, testedIn } from '../attacks/threat-model.mjs'
import { writeTree } from './fixture-tree.mjs'

const script = fileURLToPath(new URL('../check-attacks.mjs', import.meta.url))

/** A page on which every attack has a row, but for what `change` makes of one. */
function pageOf(/** @type {(attack: number) => string} */ change = rowOf) {
  return Array.from({ length: attackCount }, (_, index) => change(index + 1)).join('\n')
}

function rowOf(/** @type {number} */ attack) {
  return `| ${attack} | P | something | [a place](place.md) | [t](../packages/t.test.ts) |`
}

function run(/** @type {string[]} */ ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('the page', () => {
  test.each([
    ['no row', 'attack 7 has no row', (/** @type {number} */ attack) => (attack === 7 ? '' : rowOf(attack))],
    ['a row twice', 'attack 6 has a row already, in line 6', (attack) => rowOf(attack === 7 ? 6 : attack)],
    [
      'another level',
      'attack 7: the level "X" is not P, K or U',
      (attack) => rowOf(attack).replace(/P/, attack === 7 ? 'X' : 'P'),
    ],
    [
      'no defence',
      'attack 7: say what it does, and what stops it',
      (attack) => (attack === 7 ? '| 7 | P | something |  | [t](../packages/t.test.ts) |' : rowOf(attack)),
    ],
    [
      'a place that is gone',
      'there is no file gone.md',
      (attack) => rowOf(attack).replace('place.md', attack === 7 ? 'gone.md' : 'place.md'),
    ],
  ])('is refused with %s', (_what, text, change) => {
    const root = writeTree({ 'docs/place.md': '', 'packages/t.test.ts': '' })
    expect(checkPage(pageOf(), join(root, 'docs'))).toEqual([])
    expect(checkPage(pageOf(change), join(root, 'docs')).map((problem) => problem.text)).toContain(text)
  })
})

describe('the titles of tests', () => {
  test.each([
    ['attack 4: twice', [4]],
    ['stores > keeps it (attack 97)', [97]],
    ['attacks 68, 70 and 71', [68, 70, 71]],
    ['attacks 72 to 74, by a field', [72, 73, 74]],
    ['an attacker, 4 times', []],
  ])('%s', (title, attacks) => {
    expect(attacksIn(title)).toEqual(attacks)
  })

  test('count only what has passed', () => {
    const results = (/** @type {string} */ status) => ({ status, fullName: `a > attack ${status.length}` })
    const assertionResults = [results('passed'), results('skipped'), results('passed')]
    const files = testedIn({
      testResults: [
        { name: '/packages/b.test.ts', assertionResults },
        { name: '/packages/a.test.ts', assertionResults },
        { name: '/runtimes/c.test.ts', assertionResults },
        { name: '/tools/d.test.ts', assertionResults },
      ],
    })
    expect([...files]).toEqual([[6, ['/packages/a.test.ts', '/packages/b.test.ts', '/runtimes/c.test.ts']]])
  })
})

describe('the command', () => {
  const all = Array.from({ length: attackCount }, (_, index) => index + 1)

  /** A tree whose page is true when all attacks were tested. */
  function treeWith(/** @type {readonly number[]} */ attacks, page = pageOf()) {
    const root = writeTree({ 'docs/threat-model.md': page, 'docs/place.md': '', 'packages/t.test.ts': '' })
    const assertionResults = attacks.map((attack) => ({ status: 'passed', fullName: `attack ${attack}` }))
    const results = { testResults: [{ name: join(root, 'packages', 't.test.ts'), assertionResults }] }
    writeFileSync(join(root, 'results.json'), JSON.stringify(results))
    return root
  }

  test('succeeds when each attack has a test that passed', () => {
    const root = treeWith(all)
    const { status, stdout } = run('--root', root, join(root, 'results.json'))
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `attacks: ${attackCount} attacks, ${attackCount} of them tested, 0 problems\n`,
    })
  })

  test('fails when one has none', () => {
    const root = treeWith(all.filter((attack) => attack !== 100))
    const { status, stdout } = run('--root', root, join(root, 'results.json'))
    expect(status).toBe(1)
    expect(stdout).toContain('100  its tests are others now')
    expect(run('--root', root, '--update', join(root, 'results.json'))).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('attack 100: name its tests'),
    })
  })

  test('writes the tests into the page', () => {
    const root = treeWith(all, pageOf().replaceAll('[t](../packages/t.test.ts)', ''))
    expect(run('--root', root, '--update', join(root, 'results.json')).status).toBe(0)
    expect(readFileSync(join(root, 'docs', 'threat-model.md'), 'utf8')).toBe(pageOf())
  })

  test('explains itself', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^usage: /) })
    expect(run('--wrong')).toMatchObject({ status: 2, stderr: expect.stringContaining('--wrong') })
    expect(run('nowhere.json')).toMatchObject({ status: 2, stderr: expect.stringContaining('nowhere.json') })
  })
})

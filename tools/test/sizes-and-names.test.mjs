import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkStructure } from '../structure/all-rules.mjs'
import { readTree } from '../structure/source/read-tree.mjs'
import { findingsIn, lines } from './fixture-tree.mjs'

const folder = 'packages/client/src'
const path = `${folder}/body.ts`

/**
 * @param {string} head
 * @param {number} count
 * @returns {string} a function whose body has this many lines, its braces included
 */
function functionOf(head, count) {
  return `// first line\nexport ${head} {\n${'  void 0\n'.repeat(count - 2)}}\n`
}

/**
 * @param {string} prefix
 * @param {number} count
 * @returns {Record<string, string>}
 */
function manyFiles(prefix, count) {
  const names = Array.from({ length: count }, (_file, index) => `${prefix}/part-${index}.ts`)
  return Object.fromEntries(names.map((name) => [name, 'export const it = 1\n']))
}

describe('sizes', () => {
  test.each([
    [250, []],
    [251, [`${path}:1 note file-lines`]],
    [400, [`${path}:1 note file-lines`]],
    [401, [`${path}:1 file-lines`]],
  ])('a file of %i lines', (count, findings) => {
    expect(findingsIn({ [path]: lines(count) })).toEqual(findings)
  })

  test.each(['function it()', 'const it = () =>', 'const it = function ()', 'const it = () => function ()'])(
    'the body of %s has 40 lines at most',
    (head) => {
      expect(findingsIn({ [path]: functionOf(head, 40) })).toEqual([])
      expect(findingsIn({ [path]: functionOf(head, 41) })).toContain(`${path}:2 function-lines`)
    },
  )

  test('so has the body of a method', () => {
    const method = `export const it = {\n  it() {\n${'    void 0\n'.repeat(39)}  },\n}\n`
    expect(findingsIn({ [path]: method })).toEqual([`${path}:2 function-lines`])
  })

  test.each([
    'function it(a: A, b: B, c: C, d: D): void {}',
    'const it = (a: A, b: B, c: C, ...d: D[]): void => {}',
    'const it = { it(a: A, b: B, c: C, d: D): void {} }',
  ])('parameter-count: %s', (statement) => {
    expect(findingsIn({ [path]: `\nexport ${statement}\n` })).toEqual([`${path}:2 parameter-count`])
  })

  test.each([
    'function it(a: A, b: B, c: C): void {}',
    'function it(this: It, a: A, b: B, c: C): void {}',
    'function it(a: A, b: B, c: C, options: Options = {}): void {}',
    'function it(a: A, b: B, c: C, { limit = 1 }: Options): void {}',
    'type It = (a: A, b: B, c: C, d: D) => void',
  ])('parameters allowed: %s', (statement) => {
    expect(findingsIn({ [path]: `\nexport ${statement}\n` })).toEqual([])
  })

  test('a folder has ten source files at most, its subfolders not counted', () => {
    const ten = { ...manyFiles(folder, 10), ...manyFiles(`${folder}/inner`, 10) }
    expect(findingsIn(ten)).toEqual([])
    expect(findingsIn({ ...ten, [path]: '' })).toEqual([`${folder}:1 folder-files`])
  })

  test('tests may be long', () => {
    expect(findingsIn({ 'packages/client/test/body.test.ts': functionOf('function it(a, b, c, d)', 500) })).toEqual([])
  })
})

describe('names', () => {
  test.each(['Body.ts', 'sign_request.ts', 'signRequest.ts', 'body.test.ts', 'a--b.ts'])('kebab-case: %s', (name) => {
    expect(findingsIn({ [`${folder}/${name}`]: '' })).toEqual([`${folder}/${name}:1 kebab-case`])
  })

  test.each(['utils', 'util', 'helpers', 'helper', 'data', 'process', 'manager', 'common', 'misc', 'lib', 'shared'])(
    'empty-name: %s',
    (name) => {
      expect(findingsIn({ [`${folder}/${name}.ts`]: '' })).toEqual([`${folder}/${name}.ts:1 empty-name`])
      expect(findingsIn({ [`${folder}/${name}/body.ts`]: '' })).toEqual([`${folder}/${name}:1 empty-name`])
      expect(findingsIn({ [`packages/core/test/${name}.test.ts`]: '' })).toEqual([
        `packages/core/test/${name}.test.ts:1 empty-name`,
      ])
    },
  )

  test('folders are in kebab-case, and reported once', () => {
    const files = { [`${folder}/signedFetch/body.ts`]: '', [`${folder}/signedFetch/nonce.ts`]: '' }
    expect(findingsIn(files)).toEqual([`${folder}/signedFetch:1 kebab-case`])
  })

  test.each([`${folder}/rfc9421.ts`, `${folder}/shared-secret.ts`, 'packages/core/test/sign-request.test.ts'])(
    'allowed: %s',
    (file) => expect(findingsIn({ [file]: '' })).toEqual([]),
  )
})

test('the checks keep to their own rules', () => {
  const files = readTree(fileURLToPath(new URL('../..', import.meta.url)))
  const tools = files.filter((file) => file.path.startsWith('tools/'))
  expect(tools.length).toBeGreaterThan(20)
  expect(checkStructure(tools)).toEqual([])
})

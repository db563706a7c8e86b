import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkRequirements, readRequirements } from '../conformance/requirements.mjs'
import { testTitles } from '../conformance/test-titles.mjs'
import { writeTree } from './fixture-tree.mjs'

const script = fileURLToPath(new URL('../check-conformance.mjs', import.meta.url))
const realPage = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')

/** @param {string[]} args */
function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const testFile = `
const cases = [['a row in a variable', 1]]
describe('a group of tests', () => {
  it('shows that a title is found', () => {})
  it.each([['a row of the table', () => 'x']])('has the row %s', () => {})
  test.each(cases)('takes %s', () => {})
  test(\`a title with a \${value} in it\`, () => {})
  // it('stands in a comment', () => {})
  const text = 'stands in a variable'
  it.skip('is skipped', () => {})
  it.skipIf(old)('is skipped at times', () => {})
  it.todo('is not written')
  it.fails('is known to fail', () => {})
})
describe.skip('a skipped group', () => {
  it('is skipped with its group', () => {})
})
`

const proof = '[a title is found](../a.test.ts)'
const goodRow = `| 2.1-1 | MUST | both | Names are lower-case. | \`sign()\` refuses others | ${proof} |`

/** A page with these rows in section 2.1 of RFC 9421, the first of them in line 7. */
function pageOf(/** @type {string[]} */ ...rows) {
  const head = ['| id | level | who | requirement | how we meet it | proof |', '|---|---|---|---|---|---|']
  return ['# Conformance', '', '## RFC 9421: Signatures', '### 2.1 Fields', ...head, ...rows, ''].join('\n')
}

/**
 * What is wrong with a page beside the tests above, as `line text`.
 *
 * @param {string} page
 * @param {Readonly<Record<string, import('../conformance/requirements.mjs').RowCount>>} expected
 */
function problemsOf(page, expected = { 2.1: [1, 0] }) {
  const root = writeTree({ 'docs/conformance.md': page, 'a.test.ts': testFile, 'b.ts': testFile })
  const { requirements, problems } = readRequirements(page)
  const folder = join(root, 'docs')
  return [...problems, ...checkRequirements(requirements, { expected, folder })].map(
    ({ line, text }) => `${line} ${text}`,
  )
}

test('a good page has no problems', () => {
  expect(problemsOf(pageOf(goodRow))).toEqual([])
})

describe('a row is refused', () => {
  test.each([
    ['without a test', goodRow.replace(proof, 'trust us'), '2.1-1: no test proves it'],
    ['without a proof', goodRow.replace(proof, ''), '2.1-1: no test proves it'],
    ['with a file that does not exist', goodRow.replace('a.test', 'c.test'), '2.1-1: there is no file ../c.test.ts'],
    ['with a file that is no test', goodRow.replace('a.test.ts', 'b.ts'), '2.1-1: ../b.ts is no test file'],
    [
      'with a title that nobody has',
      goodRow.replace('is found', 'is lost'),
      '2.1-1: no test that runs in ../a.test.ts has the title or row "a title is lost"',
    ],
    [
      'with one bad proof beside a good one',
      goodRow.replace(proof, `${proof}, [another title](../a.test.ts)`),
      '2.1-1: no test that runs in ../a.test.ts has the title or row "another title"',
    ],
    ['with a piece of a title that says nothing', goodRow.replace('a title is found', 'that a'), /too short a piece/],
    ['with a piece of a row', goodRow.replace('a title is found', 'a row of the'), /no test that runs/],
    [
      'with an unknown level',
      goodRow.replace('MUST', 'must'),
      /^7 2\.1-1: the level "must" is none of MUST, MUST NOT, /,
    ],
    ['for nobody', goodRow.replace('both', 'server'), '2.1-1: "server" is none of signer, verifier, both'],
    ['without a requirement', goodRow.replace('Names are lower-case.', ''), /say what is required, and how it is met/],
    ['without a way to meet it', goodRow.replace('`sign()` refuses others', ' '), /say what is required/],
    ['with a cell too few', goodRow.replace('both | ', ''), /^7 a row has 6 cells: .*; not 5$/m],
    ['with a cell too many', `${goodRow} more |`, /^7 a row has 6 cells: .*; not 7$/m],
    ['with the id of another section', goodRow.replace('2.1-1', '2.2-1'), /the id 2\.2-1 does not begin with 2\.1/],
    ['with an id that is none', goodRow.replace('2.1-1', '2.1'), /the id 2\.1 does not begin with 2\.1/],
  ])('%s', (_what, row, problem) => {
    const problems = problemsOf(pageOf(row)).join('\n')
    if (typeof problem === 'string') expect(problems).toBe(`7 ${problem}`)
    else expect(problems).toMatch(problem)
  })

  test.each(['is skipped', 'is skipped at times', 'is not written', 'is known to fail', 'is skipped with its group'])(
    'with a test that does not have to succeed: %s',
    (title) => {
      expect(problemsOf(pageOf(goodRow.replace('a title is found', title)))).toHaveLength(1)
    },
  )

  test('with an id that is used again', () => {
    expect(problemsOf(pageOf(goodRow, goodRow), { 2.1: [2, 0] })).toEqual(['7 the id 2.1-1 is used again in line 8'])
  })
})

describe('the rows of a section are counted', () => {
  const step = goodRow.replace('2.1-1 | MUST', '2.1-2 | step')

  test('one that was dropped is noticed', () => {
    expect(problemsOf(pageOf(goodRow), { 2.1: [2, 0] })).toEqual([
      '7 section 2.1 needs 2 rows with a key word and 0 others, and has 1 and 0',
    ])
  })

  test('a whole section that was dropped is noticed', () => {
    expect(problemsOf(pageOf(goodRow), { 2.1: [1, 0], '9530:5': [2, 0] })).toEqual([
      '1 section 9530:5 needs 2 rows with a key word and 0 others, and has 0 and 0',
    ])
  })

  test('a step does not stand in for a key word', () => {
    expect(problemsOf(pageOf(step), { 2.1: [1, 0] })).toHaveLength(1)
    expect(problemsOf(pageOf(goodRow, step), { 2.1: [1, 1] })).toEqual([])
  })

  test('one too many is noticed, and one of a section that nobody counts', () => {
    expect(problemsOf(pageOf(goodRow, step), { 2.1: [1, 0] })).toHaveLength(1)
    expect(problemsOf(pageOf(goodRow), {})).toHaveLength(1)
  })
})

describe('what is read', () => {
  test('tables outside of the sections are not', () => {
    const page = `# Conformance\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n${pageOf(goodRow)}\n## Notes\n\n| 3 |\n`
    expect(readRequirements(page)).toMatchObject({ requirements: [{ id: '2.1-1' }], problems: [] })
  })

  test('the sections of other RFCs have ids with their number, and subsections stand with their section', () => {
    const page = pageOf(goodRow.replace('2.1-1', '9651:4.2.7-3'))
      .replace('9421', '9651')
      .replace('2.1 Fields', '4.2 Parsing')
    expect(problemsOf(page, { '9651:4.2.7': [1, 0] })).toEqual([])
    expect(problemsOf(page.replace('9651:4', '4'), { '4.2.7': [1, 0] })).toEqual([
      '7 the id 4.2.7-3 does not begin with 9651:4.2',
    ])
  })

  test('a vertical line in a cell is escaped', () => {
    const row = goodRow.replace('refuses others', 'refuses a\\|b')
    expect(problemsOf(pageOf(row))).toEqual([])
  })

  test('of a test file, titles and rows are, and nothing else', () => {
    const { titles, rows } = testTitles({ path: 'a.test.ts', text: testFile })
    expect(titles).toEqual([
      'a group of tests',
      'shows that a title is found',
      'has the row %s',
      'takes %s',
      'a title with a ',
    ])
    expect([...rows]).toEqual(['a row of the table', 'x', 'a row in a variable'])
  })
})

describe('the command', () => {
  test('finds no problem in this repository', () => {
    const { status, stdout } = run()
    expect(stdout).toMatch(/^conformance: \d+ requirements, \d+ proofs, 0 problems\n$/)
    expect(status).toBe(0)
  })

  test('prints each problem with its line, and ends with 1', () => {
    const line = realPage.split('\n').findIndex((content) => content.startsWith('| 2.1-1 |')) + 1
    const page = realPage.replace('| 2.1-1 | MUST |', '| 2.1-1 | MAY |')
    const { status, stdout } = run('--root', writeTree({ 'docs/conformance.md': page }))
    expect(status).toBe(1)
    expect(stdout).toContain(`docs/conformance.md:${line}  2.1-1: the level "MAY" is none of MUST, `)
    expect(stdout).toContain(`docs/conformance.md:${line}  2.1-1: there is no file ../packages/core/test/`)
  })

  test('notices any row of the real page that is dropped', () => {
    const lines = realPage.split('\n')
    const rows = lines.filter((line) => /^\| [\w.:]+-\d+ \|/.test(line))
    for (const row of [rows[0], rows[rows.length >> 1], rows.at(-1)]) {
      const page = lines.filter((line) => line !== row).join('\n')
      const { stdout } = run('--root', writeTree({ 'docs/conformance.md': page }))
      const section = row?.slice(2).split(/-\d+ /)[0]
      expect(stdout).toContain(`section ${section} needs `)
    }
  })

  test.each(['--help', '-h'])('%s prints the usage', (option) => {
    const { status, stdout } = run(option)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^usage: node tools\/check-conformance\.mjs \[--root DIR\]/)
  })

  test.each([[['--wrong']], [['extra']], [['--root']], [['--root', 'no/such/folder']]])('%j ends with 2', (args) => {
    const { status, stdout, stderr } = run(...args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('usage: ')
  })
})

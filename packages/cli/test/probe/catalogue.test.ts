import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allCases, caseGroups, leftOut, triedInPart } from '../../src/commands/probe/cases/all-cases.ts'
import type { ProbeCase } from '../../src/commands/probe/cases/case.ts'

const pageUrl = (name: string): URL => new URL(`../../../../docs/${name}`, import.meta.url)
const page = (name: string): string => readFileSync(pageUrl(name), 'utf8')

/** The attacks of docs/threat-model.md, by number, with their level. */
const attacks = new Map(
  [...page('threat-model.md').matchAll(/^\| (\d+) \| ([PKU]) \|/gm)].map(([, number, level]) => [
    Number(number),
    level,
  ]),
)
const tried = new Set(allCases.flatMap((one) => one.attacks))

describe('the cases', () => {
  it('have names of their own, in kebab-case', () => {
    const ids = allCases.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    expect(ids.length).toBeGreaterThan(100)
  })

  it('try every attack of the catalogue, or say why not', () => {
    expect(attacks.size).toBe(111)
    for (const [number, level] of attacks) {
      expect(tried.has(number) !== Object.hasOwn(leftOut, number), `attack ${number}`).toBe(true)
      // What a client can do over HTTP is tried.
      if (level !== 'U') expect(tried.has(number), `attack ${number}, level ${level}`).toBe(true)
    }
    expect([...tried].filter((number) => !attacks.has(number))).toEqual([])
    for (const number of Object.keys(triedInPart)) expect(tried.has(Number(number)), `attack ${number}`).toBe(true)
  })

  it('follow from cases that there are, and that come before or beside them', () => {
    const ids = new Set(allCases.map(({ id }) => id))
    for (const { id, follows = [] } of allCases) {
      for (const root of follows) expect(ids.has(root), `${id} follows ${root}`).toBe(true)
      expect(follows).not.toContain(id)
    }
  })

  // UPDATE_GOLDEN=1 writes them into the page.
  it('are listed in docs/probe.md, and so is what is left out', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(pageUrl('probe.md'), withCases(page('probe.md')))
    expect(page('probe.md')).toBe(withCases(page('probe.md')))
  })
})

const begin = '<!-- the cases are written by packages/cli/test/probe/catalogue.test.ts -->'
const end = '<!-- end of the cases -->'

/** A page with the cases between its two marks. */
function withCases(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/probe.md needs the lines "${begin}" and "${end}"`)
  const groups = caseGroups.map(({ title, cases }) => `### ${title}\n\n${tableOf(caseHead, cases.map(caseRow))}`)
  const part = `### Tried in part\n\n${tableOf(['Attack', 'What is left out'], Object.entries(triedInPart))}`
  const rest = `### Left out\n\n${leftOutText}\n\n${tableOf(['Attack', 'Why not'], Object.entries(leftOut))}`
  return `${text.slice(0, from + begin.length)}\n\n${[...groups, part, rest].join('\n\n')}\n\n${text.slice(to)}`
}

const caseHead = ['Case', 'What is tried', 'Attack', 'Needs', 'Severity']
const leftOutText =
  'Attacks that cannot be tried from outside, or not fairly. The [tests of the verifier](threat-model.md#the-attacks) try them.'

function caseRow({ id, title, attacks, level, severity }: ProbeCase): readonly string[] {
  const shown = typeof severity === 'string' ? severity : 'by the request'
  return [`\`${id}\``, title, attacks.join(', '), level === 'K' ? 'a key' : 'nothing', shown]
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

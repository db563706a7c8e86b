import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allCases, leftOut } from '../../src/commands/probe/cases/all-cases.ts'

const page = (name: string): string => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8')

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
  })

  it('follow from cases that there are, and that come before or beside them', () => {
    const ids = new Set(allCases.map(({ id }) => id))
    for (const { id, follows = [] } of allCases) {
      for (const root of follows) expect(ids.has(root), `${id} follows ${root}`).toBe(true)
      expect(follows).not.toContain(id)
    }
  })

  it('are listed in docs/probe.md, and so is what is left out', () => {
    const text = page('probe.md')
    for (const { id, attacks: numbers } of allCases) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${id}\` |`))
      expect(row, `the row of ${id}`).toContain(`| ${numbers.join(', ')} |`)
    }
    for (const [number, why] of Object.entries(leftOut))
      expect(text, `attack ${number}`).toContain(`| ${number} | ${why} |`)
  })
})

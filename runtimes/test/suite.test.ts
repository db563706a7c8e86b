import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runtimes } from '../runtimes.mjs'
import type { Capabilities } from '../suite/task.ts'
import { loadVectors } from '../vectors.mjs'
import { runCommand } from './command.ts'
import { lastingPartOf, rowOf, rowsOf, titleOf, withRows } from './table.mjs'

/** What run-suite.mjs prints with --json. */
interface Output {
  readonly reports: readonly Report[]
  readonly absent: readonly { readonly name: string; readonly reason: string }[]
  readonly numberOfVectors: number
}

type Report = Parameters<typeof rowOf>[0]

const page = new URL('../../docs/runtimes.md', import.meta.url)
const rows = new Map<string, string>()

async function runSuite(name: string, ...args: string[]): Promise<Output> {
  const { stdout, stderr } = await runCommand('run-suite.mjs', ['--only', name, '--json', ...args])
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`run-suite.mjs --only ${name} printed no result: ${stderr}`)
  return JSON.parse(line)
}

function namesOf({ tests }: Report, outcome: string): readonly string[] {
  return tests.filter((test) => test.outcome === outcome).map((test) => test.name)
}

describe('the suite of behaviour, from the built packages', () => {
  it('has the examples of RFC 9421 B.2 among its vectors', () => {
    const text = JSON.stringify(loadVectors().files)
    for (const section of ['B.2.1', 'B.2.2', 'B.2.3', 'B.2.4', 'B.2.5', 'B.2.6']) {
      expect(text).toContain(`"RFC 9421 ${section}"`)
    }
  })

  it.for(runtimes)('passes on $title', { timeout: 240_000 }, async ({ name, capabilities }, { skip }) => {
    const { reports, absent, numberOfVectors } = await runSuite(name)
    for (const { reason } of absent) {
      expect(process.env['CI'], `${name} must not be absent on CI: ${reason}`).toBeFalsy()
      console.warn(`SKIPPED: ${name}: ${reason}`)
      skip(reason)
    }
    const [report] = reports
    if (report === undefined) throw new Error(`${name} has no report`)
    expect(report.tests.filter((test) => test.outcome === 'failed')).toEqual([])
    const vectors = report.tests.filter((test) => test.name.startsWith('vector '))
    expect(vectors.length).toBe(numberOfVectors)
    expect(report.tests.length).toBeGreaterThan(numberOfVectors + 20)
    const reasons = new Set(report.tests.flatMap((test) => (test.outcome === 'skipped' ? [test.reason] : [])))
    for (const reason of reasons) expect(missingOf(capabilities)).toContain(reason)
    expect(reasons.has('no fetch')).toBe(!capabilities.fetch)
    rows.set(report.title, rowOf(report))
  })

  it('fails where a server lets a request in twice', { timeout: 60_000 }, async () => {
    const [report] = (await runSuite('node20', '--forgetful-server')).reports
    const failed = namesOf(report as Report, 'failed')
    expect(failed).toHaveLength(6)
    for (const name of failed) expect(name).toMatch(/the same request again is refused as replayed/)
  })
})

function missingOf(capabilities: Capabilities): readonly string[] {
  return Object.entries(capabilities)
    .filter(([, isThere]) => !isThere)
    .map(([name]) => `no ${name}`)
}

describe('the table of docs/runtimes.md', () => {
  it('is what was run', () => {
    const text = readFileSync(page, 'utf8')
    const titles = runtimes.map((runtime) => runtime.title)
    if (process.env['UPDATE_RUNTIMES']) {
      writeFileSync(page, withRows(text, [...rows.values()], titles))
      return
    }
    const written = new Map(rowsOf(text).map((row) => [titleOf(row), lastingPartOf(row)]))
    expect([...written.keys()]).toEqual(titles)
    for (const [title, row] of rows) expect(written.get(title), title).toBe(lastingPartOf(row))
  })
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tableOf, withTable } from '../../../tools/attacks/flaw-table.mjs'
import { allFlaws } from '../flaws/all-flaws.mjs'

// That the probe finds them by these cases is what flawed.test.ts shows.
test('docs/probe.md has a row for each flaw, as tools/attacks/probe-table.mjs writes it', () => {
  const page = readFileSync(new URL('../../../docs/probe.md', import.meta.url), 'utf8')
  expect(page).toBe(withTable(page, tableOf(allFlaws.map((flaw) => ({ ...flaw, findings: flaw.caughtBy })))))
})

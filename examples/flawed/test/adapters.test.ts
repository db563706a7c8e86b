import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { createAccounts } from '../honest/accounts.mjs'
import { adapterNames, startAdapter } from './adapter-servers.ts'
import { probe } from './probe-run.ts'

const timeout = 180_000

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-adapters-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** As many cases have something to play against a signed POST with two keys. */
const casesPlayed = 93

describe.concurrent('the probe, on a server of the adapter for', () => {
  test.for(adapterNames)('%s', { timeout }, async (name, { expect: check }) => {
    const { privateJwks, keys } = await createAccounts(['alice', 'carol'])
    const [first = '', second = ''] = privateJwks.map(writeKey)
    const verifyingKeys = [...keys.values()].map(({ verifying }) => verifying)
    const server = await startAdapter(name, verifyingKeys)
    try {
      const { code, findings, inconclusive, played, report } = await probe([
        ...['probe', 'POST', `${server.origin}/transfers?memo=rent&year=2031`, '--key', first, '--second-key', second],
        ...['--header', 'Content-Type: application/json', '--data', '{"to":"bob","amount":1}'],
        ...['--count-url', `${server.origin}/count`],
      ])
      check(findings, report).toEqual([])
      check(code).toBe(0)
      check(inconclusive).toEqual([])
      check(played.length).toBeGreaterThanOrEqual(casesPlayed)
    } finally {
      await server.close()
    }
  })
})

function writeKey(jwk: unknown): string {
  const file = join(mkdtempSync(join(folder, 'key-')), 'key.jwk')
  writeFileSync(file, JSON.stringify(jwk), { mode: 0o600 })
  return file
}

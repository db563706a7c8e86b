import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../packages/verifier/test/servers/required.ts'
import { type Bank, preparePython, pythonMissing, startBank, systemPython } from '../../flask/gunicorn.ts'
import { probe } from './probe-run.ts'

const timeout = 300_000
const body = '{"amount":1}'

describeWith('the probe, on the usual check of examples/flask/before', systemPython, pythonMissing, (python) => {
  let bank: Bank
  beforeAll(async () => {
    bank = await startBank({ python: preparePython(python), app: 'before.app:app' })
  }, timeout)
  afterAll(() => bank?.stop())

  // Each with a request of its own: an altered copy that is let in spends it.
  test.each([
    ['the nonce that is not signed', 'home-made-nonce-altered'],
    ['the time that is not signed', 'home-made-timestamp-altered'],
    ['the payee that is not signed', 'query-altered'],
  ])('finds %s: %s', { timeout }, async (_what, id) => {
    const { code, findings, report } = await probe([...capturedArguments(bank), '--case', id])
    expect(findings, report).toEqual([id])
    expect(code).toBe(1)
  })

  // Each of the four workers has a memory of its own. Which of them gets a copy is up to the system.
  test.each([
    ['by the two cases that are about it', ['--case', 'replay', '--case', 'replay-concurrent']],
    ['when it tries everything', []],
  ])('finds the replay %s', { timeout }, async (_what, cases) => {
    const { code, findings, report } = await probe([...capturedArguments(bank), ...cases])
    expect(
      findings.filter((id) => id === 'replay' || id === 'replay-concurrent'),
      report,
    ).not.toEqual([])
    expect(code).toBe(1)
    if (cases.length === 0) expect(findings).toContain('home-made-nonce-altered')
  })
})

describeWith('the probe, on the protected bank of examples/flask', systemPython, pythonMissing, (python) => {
  test('finds nothing', { timeout }, async () => {
    const bank = await startBank({ python: preparePython(python), app: 'app:app' })
    const folder = mkdtempSync(join(tmpdir(), 'countersign-flask-'))
    const key = join(folder, 'alice.jwk')
    const { apiKey, secret } = bank.client
    writeFileSync(key, JSON.stringify({ kty: 'oct', k: secret.toString('base64url'), kid: apiKey }), { mode: 0o600 })
    try {
      const { code, findings, report } = await probe([
        ...['probe', 'POST', `${bank.origin}/transfers?to=bob`, '--key', key],
        ...['--header', 'Content-Type: application/json', '--data', body],
      ])
      expect(findings, report).toEqual([])
      expect(code).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
      await bank.stop()
    }
  })
})

/** A request that the client of before/app.py would send now. */
function capturedArguments({ origin, client }: Bank): readonly string[] {
  const headers = {
    'content-type': 'application/json',
    'x-api-key': client.apiKey,
    'x-api-signature': createHmac('sha256', client.secret).update(body).digest('hex'),
    'x-request-timestamp': String(Math.floor(Date.now() / 1000)),
    'x-request-nonce': randomUUID(),
  }
  const lines = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
  return ['probe', 'POST', `${origin}/transfers?to=bob`, ...lines, '--data', body]
}

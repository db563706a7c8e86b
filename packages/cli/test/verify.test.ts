import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { stepOf } from '../src/commands/verify/steps.ts'
import { expectGolden } from './golden.ts'
import { countersign, type Ran } from './made-world.ts'
import { created, publicTestKey, type Shape, signedText, testKey } from './signed-text.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const key = file('test.jwk.pub')

beforeAll(() => writeFileSync(key, JSON.stringify(publicTestKey)))

const verify = (text: string, args: readonly string[] = [], now = created + 5): Promise<Ran> =>
  countersign(['verify', '-k', key, ...args], { stdin: text, now })

/** What a request looks like when it arrives. */
type Change = (text: string) => string

const honest: Change = (text) => text

type Row = readonly [code: string, step: number, shape: Shape, change: Change, args?: readonly string[]]

describe('verify prints the seven steps', () => {
  const rows: readonly Row[] = [
    ['missing_signature', 1, {}, (text) => text.replace(/^Signature.*\r\n/gm, '')],
    ['malformed_signature', 1, {}, (text) => text.replace(/^Signature: .*/m, 'Signature: sig1=12')],
    ['label_mismatch', 1, {}, (text) => text.replace('Signature: sig1', 'Signature: sig2')],
    ['stale', 2, { parameters: `created=${created - 60};nonce="0123456789abcdef"` }, honest],
    ['expired', 2, { parameters: `created=${created};expires=${created + 2};nonce="0123456789abcdef"` }, honest],
    ['not_yet_valid', 2, { parameters: `created=${created + 60};nonce="0123456789abcdef"` }, honest],
    ['missing_parameter', 2, { parameters: `created=${created}` }, honest],
    ['component_not_covered', 2, {}, honest, ['--require', 'x-tenant']],
    ['no_matching_signature', 2, {}, honest, ['--tag', 'pay']],
    ['missing_component', 2, {}, (text) => text.replace(/^Content-Type.*\r\n/m, '')],
    ['unknown_key', 3, {}, honest, ['--key-id', 'bob']],
    ['algorithm_mismatch', 4, { parameters: `created=${created};nonce="0123456789abcdef";alg="hmac-sha256"` }, honest],
    ['invalid_signature', 4, {}, (text) => text.replace('dry=1&to=bob', 'to=bob&dry=1')],
    ['digest_mismatch', 5, {}, (text) => text.replace('"amount":10', '"amount":99')],
  ]

  for (const [code, step, shape, change, args = []] of rows) {
    it(code, async () => {
      const { text } = signedText(shape)
      const changed = change(text)
      const ran = await verify(changed, args)
      expect(ran.code).toBe(1)
      expect(ran.stderr).toBe('')
      expectGolden(`verify/${code}`, ran.stdout)
      const report = JSON.parse((await verify(changed, [...args, '--json'])).stdout)
      expect(report).toMatchObject({ accepted: false, code })
      const states = report.steps.map(({ state }: { state: string }) => state)
      expect(states).toEqual(
        [1, 2, 3, 4, 5, 6, 7].map((one) => (one < step ? 'passed' : one === step ? 'failed' : 'unknown')),
      )
      expect(stepOf[code as keyof typeof stepOf]).toBe(step)
    })
  }

  it('and says who signed what is accepted', async () => {
    const { text, base } = signedText()
    const { code, stdout } = await verify(text)
    expect(code).toBe(0)
    expectGolden('verify/accepted', stdout)
    expect(stdout).toContain(base)
    expect((await verify(text, ['--no-base'])).stdout).not.toContain('"@method"')
    expect(JSON.parse((await verify(text, ['--json'])).stdout)).toMatchObject({ accepted: true, signatureBase: base })
  })
})

describe('verify is told', () => {
  it.each([
    ['created', 0],
    [`${created + 3}`, 0],
    ['2026-11-22T00:00:05Z', 0],
    ['2026-11-22T00:10:00Z', 1],
    [`${created + 61}`, 1],
  ])('when the request was received: --at %s', async (at, code) => {
    expect((await verify(signedText().text, ['--at', at], created + 86_400)).code).toBe(code)
  })

  it('how strict to be', async () => {
    const { text } = signedText({ parameters: `created=${created};nonce="0123456789abcdef"` })
    expect((await verify(text, ['--max-age', '600'], created + 500)).code).toBe(0)
    expect((await verify(text, ['--future-skew', '600'], created - 500)).code).toBe(0)
    expect((await verify(text, ['--at', 'tomorrow-ish'])).code).toBe(2)
    expect((await verify(text, ['--max-age', '-1'])).code).toBe(2)
    expect((await verify(text, ['--require', '"@nonsense"'])).code).toBe(2)
    expect((await verify(text, ['--require', '"@query-param";name="to"'], created)).code).toBe(1)
  })

  it('what the server calls itself', async () => {
    const { text } = signedText({ host: 'api.bank.example' })
    const inside = text.replace('Host: api.bank.example', 'Host: inner.bank.example')
    expect((await verify(inside)).code).toBe(1)
    expect((await verify(inside, ['--origin', 'https://api.bank.example'])).code).toBe(0)
  })

  it('a set of keys, each with its validity', async () => {
    const set = file('keys.jwks')
    const writeSet = (...keys: object[]) => writeFileSync(set, JSON.stringify({ keys }))
    const run = () => countersign(['verify', '-k', set, '--no-base'], { stdin: signedText().text, now: created + 5 })
    writeSet(
      { kty: 'EC', crv: 'secp256k1', kid: 'unfit', x: 'secret-part', y: 'AA' },
      { ...publicTestKey, exp: created + 5 },
    )
    const trusted = await run()
    expect([trusted.code, trusted.stderr]).toEqual([
      0,
      expect.stringContaining(`key 0 of the key file ${set} is left out`),
    ])
    writeSet({ ...publicTestKey, exp: created - 86_400 })
    const past = await run()
    expect(past.code).toBe(1)
    expectGolden('verify/inactive_key', past.stdout)
    writeSet({ ...publicTestKey, nbf: created + 600 })
    expect((await run()).stdout).toContain('is trusted from 2026-11-22T00:10:00Z')
    writeSet({ ...publicTestKey, revoked: true })
    expect((await run()).stdout).toContain('it is revoked')
    writeSet({ ...publicTestKey, exp: (created + 600) * 1000 })
    const milliseconds = await run()
    expect([milliseconds.code, milliseconds.stderr]).toEqual([3, expect.stringContaining('not milliseconds')])
    writeSet({ kty: 'oct' })
    expect((await run()).code).toBe(3)
    writeSet(publicTestKey, publicTestKey)
    expect((await run()).code).toBe(3)
    const named = await countersign(['verify', '-k', set, '--key-id', 'a'], { stdin: signedText().text })
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('leave out --key-id')])
    expect((await countersign(['sign', '-k', set], { stdin: 'GET / HTTP/1.1\nHost: a\n' })).code).toBe(3)
  })

  it('an entry of a HAR file', async () => {
    const [head = '', body = ''] = signedText().text.split('\r\n\r\n')
    const [, ...fields] = head.split('\r\n')
    const headers = fields.map((line) => ({ name: line.split(': ')[0], value: line.slice(line.indexOf(': ') + 2) }))
    const url = 'https://bank.example/transfers?dry=1&to=bob'
    const entries = [null, { request: { method: 'POST', url, headers, postData: { text: body } } }]
    writeFileSync(file('two.har'), JSON.stringify({ log: { entries } }))
    const run = (entry: string) =>
      countersign(['verify', file('two.har'), '-k', key, '--entry', entry, '--at', 'created'])
    expect((await run('1')).code).toBe(0)
    expect((await run('0')).code).toBe(3)
    expect((await run('7')).stderr).toContain('1  POST https://bank.example/transfers')
  })
})

it('a private key verifies by its public half', async () => {
  writeFileSync(file('private.jwk'), JSON.stringify(testKey), { mode: 0o600 })
  const { code } = await countersign(['verify', '-k', file('private.jwk'), '--at', 'created'], {
    stdin: signedText().text,
  })
  expect(code).toBe(0)
})

it('bodies of many megabytes are verified', async () => {
  const { text } = signedText({ body: 'x'.repeat(20_000_000) })
  expect((await verify(text, ['--json'])).code).toBe(0)
  expect((await verify(text.slice(0, -1), ['--json'])).code).toBe(1)
})

it('a credential is not shown', async () => {
  const { text } = signedText()
  const withToken = text
    .replace('Host:', 'Authorization: Bearer top-secret\r\nHost:')
    .replace('"content-type")', '"content-type" "authorization")')
  const { stdout, stderr } = await verify(withToken)
  expect(stdout).toContain('"authorization": (17 characters, not shown)')
  expect(stdout + stderr).not.toContain('top-secret')
})
